import createClient, { type Client } from 'openapi-fetch';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { components, paths } from './schema.js';

export type { components, paths } from './schema.js';
export * from './hub.js';

/** One event of a job's log: seq counts 1, 2, 3, … without a gap. */
export type JobEvent = components['schemas']['JobEvent'];

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
    async picture(id, signal) {
      const answer = await fetch(`${baseUrl}/images/${id}`, { headers, signal });
      if (!answer.ok) throw await refused(answer);
      return new Uint8Array(await answer.arrayBuffer());
    },
  };
}
