import type { components } from './schema.js';

type JobEvent = components['schemas']['JobEvent'];
type TenantChange = components['schemas']['TenantChange'];

/** The newest preview picture of a training; `url` is a path of the server. */
export interface Preview {
  step: number;
  url: string;
}

/** Comes every few seconds: the server's clock, and each followed job's newest event. A client that is behind has lost its connection. */
export interface Heartbeat {
  time: string;
  newestSeq: Record<string, number>;
}

/** The streams of the hub `/hubs/studio`: what each takes, and what it gives one by one. */
export interface HubStreams {
  /** A job's events after a `seq` (0: all); completes when the job has ended. */
  Subscribe: { takes: [job: string, after: number]; gives: JobEvent };
  /** A training's preview whenever there is a newer one; completes when the job has ended. */
  Previews: { takes: [job: string]; gives: Preview };
  /** What changes of the tenant after a `position`; first a change of `all` where it is null, or not known any more. Never completes. */
  Changes: { takes: [after: string | null]; gives: TenantChange };
}

/** What the hub sends by itself. */
export interface HubMessages {
  Heartbeat: Heartbeat;
}

/** What is used of a `HubConnection` of `@microsoft/signalr`. */
export interface Connection {
  stream<T>(method: string, ...args: unknown[]): {
    subscribe(to: { next(value: T): void; error(problem: unknown): void; complete(): void }): { dispose(): void };
  };
  on(message: string, heard: (...args: any[]) => void): void;
  off(message: string, heard: (...args: any[]) => void): void;
}

export interface Hub {
  /** The items of a stream as they come; leaving the loop ends the stream. */
  stream<Name extends keyof HubStreams>(name: Name, ...takes: HubStreams[Name]['takes']): AsyncGenerator<HubStreams[Name]['gives'], void>;
  /** Hears a message until the function that is returned is called. */
  on<Name extends keyof HubMessages>(name: Name, heard: (message: HubMessages[Name]) => void): () => void;
}

/** A connection to `/hubs/studio`, typed. */
export function hubOf(connection: Connection): Hub {
  async function* stream<Name extends keyof HubStreams>(name: Name, ...takes: HubStreams[Name]['takes']) {
    const items: HubStreams[Name]['gives'][] = [];
    let over = false, failed: { problem: unknown } | undefined;
    let wake = () => {};
    const subscription = connection.stream<HubStreams[Name]['gives']>(name, ...takes).subscribe({
      next(item) { items.push(item); wake(); },
      error(problem) { failed = { problem }; wake(); },
      complete() { over = true; wake(); },
    });
    try {
      while (true) {
        while (items.length > 0) yield items.shift()!;
        if (failed) throw failed.problem;
        if (over) return;
        await new Promise<void>(resolve => { wake = resolve; });
        wake = () => {};
      }
    } finally {
      subscription.dispose();
    }
  }

  return {
    stream,
    on(name, heard) {
      connection.on(name, heard);
      return () => connection.off(name, heard);
    },
  };
}
