import createClient, { type Client } from 'openapi-fetch';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { components, paths } from './schema.js';

export type { components, paths } from './schema.js';
export * from './hub.js';

/** One event of a job's log: seq counts 1, 2, 3, … without a gap. */
export type JobEvent = components['schemas']['JobEvent'];

/** A photo of a concept, with what was noticed about it. */
export type Photo = components['schemas']['PhotoResponse'];

/** The server refused a request: its own words, and a code that does not change. */
export class ViCoError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

export interface ViCo {
  /** Every route of the server, typed by its own document. */
  api: Client<paths>;
  /**
   * Adds photos to a concept, one after another, each under its hash: what is there is not sent again, so that the same call goes on where
   * an upload broke.
   */
  upload(concept: string, photos: Iterable<File>, options?: UploadOptions): Promise<Photo[]>;
  /**
   * A job's events after a sequence number, as they happen, in order and none twice, until it has ended; where a connection breaks, a new
   * one goes on.
   */
  follow(job: string, after?: number, signal?: AbortSignal): AsyncGenerator<JobEvent>;
  /** Follows a job to its end. */
  ended(job: string, signal?: AbortSignal): Promise<void>;
  /** A picture's PNG. */
  picture(id: string, signal?: AbortSignal): Promise<Uint8Array>;
}

export interface ViCoOptions {
  /** Such as http://127.0.0.1:5080. */
  url: string;
  /** vico_… */
  key: string;
  /** In place of the global fetch. */
  fetch?: typeof globalThis.fetch;
}

export interface UploadOptions {
  /** Of several objects the one that the photos show, from 1. */
  object?: number;
  signal?: AbortSignal;
}

/** How often a request is sent before it is given up. */
const mostTries = 5;

const pause = (tries: number, signal?: AbortSignal) => new Promise<void>((resolve, reject) => {
  const timer = setTimeout(resolve, Math.min(200 * 2 ** (tries - 1), 5000));
  signal?.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
});

const refused = async (answer: Response) => {
  const problem = await answer.json().catch(() => ({}));
  return new ViCoError(answer.status, problem.code ?? `http_${answer.status}`, problem.detail ?? `The server answered ${answer.status}.`);
};

export function createViCo({ url, key, fetch = globalThis.fetch }: ViCoOptions): ViCo {
  const baseUrl = url.replace(/\/$/, '');
  const headers = { Authorization: `Bearer ${key}` };

  /** Sends what may be repeated: again where a connection broke or a busy server turned it away. */
  async function send(path: string, init: RequestInit): Promise<Response> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await fetch(`${baseUrl}${path}`, { ...init, headers: { ...headers, ...init.headers } });
        if (answer.ok) return answer;
        if (tries === mostTries || ![429, 503].includes(answer.status)) throw await refused(answer);
      } catch (e) {
        if (tries === mostTries || e instanceof ViCoError || init.signal?.aborted) throw e;
      }
      await pause(tries, init.signal ?? undefined);
    }
  }

  async function* follow(job: string, after = 0, signal?: AbortSignal): AsyncGenerator<JobEvent> {
    for (let quiet = 0; ; quiet++) {
      if (quiet > 0) await pause(quiet, signal);
      try {
        const answer = await fetch(`${baseUrl}/jobs/${job}/events`, {
          headers: { ...headers, Accept: 'text/event-stream', 'Last-Event-ID': `${after}` }, signal,
        });
        if (answer.status === 204) return;
        if (answer.status === 503 || answer.status === 429) continue;
        if (!answer.ok) throw await refused(answer);
        const events = answer.body!.pipeThrough(new TextDecoderStream() as never).pipeThrough(new EventSourceParserStream());
        for await (const { event, data } of events as unknown as AsyncIterable<{ event?: string; data: string }>) {
          if (event === 'end') return;
          const one = JSON.parse(data) as JobEvent;
          if (one.seq <= after) continue;
          after = one.seq;
          quiet = 0;
          yield one;
        }
      } catch (e) {
        if (e instanceof ViCoError || signal?.aborted) throw e;
      }
    }
  }

  return {
    api: createClient<paths>({ baseUrl, headers, fetch }),
    follow,
    async ended(job, signal) {
      for await (const _ of follow(job, Number.MAX_SAFE_INTEGER, signal)); // only its end counts
    },
    async upload(concept, photos, { object = 1, signal } = {}) {
      const { photos: there } = await (await send(`/concepts/${concept}`, { signal })).json() as components['schemas']['ConceptResponse'];
      const added: Photo[] = [];
      for (const photo of photos) {
        const content = await photo.arrayBuffer();
        const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
        const id = Array.from(hash.subarray(0, 16), byte => byte.toString(16).padStart(2, '0')).join('');
        const known = there.find(one => one.id === id && one.object === object);
        const name = photo.name.slice(0, 120).replace(/[\uD800-\uDBFF]$/, '');     // never half a sign
        added.push(known ?? await (await send(
          `/concepts/${concept}/photos/${id}?object=${object}&name=${encodeURIComponent(name)}`,
          { method: 'PUT', body: content, headers: { 'Content-Type': 'application/octet-stream' }, signal },
        )).json() as Photo);
      }
      return added;
    },
    async picture(id, signal) {
      return new Uint8Array(await (await send(`/images/${id}`, { signal })).arrayBuffer());
    },
  };
}
