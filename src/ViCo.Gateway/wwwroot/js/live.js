/* global signalR */

const quietLimit = 13_000;          // more than two heartbeats

/** The hub connection: follows jobs without a gap over any number of reconnects, and notices when the socket is dead. */
export class Live extends EventTarget {
  #connection;
  #follows = new Map();
  #lastBeat = 0;
  #lostAt = 0;
  #wanted = false;
  #place = null;

  start() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#connect();
    this.#watchdog ??= setInterval(() => this.#watch(), 2000);
  }

  async stop() {
    this.#wanted = false;
    this.#place = null;
    await this.#connection?.stop();
    this.#state('idle');
  }

  /** Calls onEvent for every event after `after`, in order, once each; onEnd when the job has ended; onPreview for new previews. */
  follow(jobId, after, { onEvent, onEnd, onPreview }) {
    const follow = { jobId, seq: after, onEvent, onEnd, onPreview, streams: [], behindSince: 0, done: false };
    this.#follows.set(jobId, follow);
    this.#subscribe(follow);
    return () => {
      follow.done = true;
      follow.streams.forEach(stream => stream.dispose());
      this.#follows.delete(jobId);
    };
  }

  follows(jobId) { return this.#follows.has(jobId); }

  #watchdog;

  async #connect() {
    const connection = new signalR.HubConnectionBuilder()
      .withUrl('/hubs/studio')
      .configureLogging(signalR.LogLevel.None)
      .build();
    connection.serverTimeoutInMilliseconds = 20_000;
    connection.keepAliveIntervalInMilliseconds = 5_000;
    connection.on('Heartbeat', beat => this.#beat(beat));
    connection.onclose(() => this.#lost(connection));
    this.#connection = connection;
    for (let pause = 500; this.#wanted; pause = Math.min(pause * 1.6, 5000)) {
      try {
        await connection.start();
        this.#lastBeat = Date.now();
        this.#state('live');
        const gap = this.#lostAt ? Date.now() - this.#lostAt : 0;
        this.#lostAt = 0;
        for (const follow of this.#follows.values()) this.#subscribe(follow);
        this.#listen(connection);
        if (gap) this.dispatchEvent(new CustomEvent('back', { detail: gap }));
        return;
      } catch {
        this.#state('reconnecting');
        await new Promise(resolve => setTimeout(resolve, pause));
      }
    }
  }

  #lost(connection) {
    if (connection !== this.#connection || !this.#wanted) return;
    this.#lostAt ||= Date.now();
    this.#state('reconnecting');
    this.#connect();
  }

  /** What changes, in this tab or elsewhere, from the last place on; 'all' where that place is not known any more. */
  #listen(connection) {
    connection.stream('Changes', this.#place).subscribe({
      next: change => {
        this.#place = change.position;
        this.dispatchEvent(new CustomEvent('change', { detail: change }));
      },
      complete() {},
      error: () => setTimeout(() => { if (connection === this.#connection && connection.state === signalR.HubConnectionState.Connected) this.#listen(connection); }, 1500),
    });
  }

  #subscribe(follow) {
    if (follow.done || this.#connection?.state !== signalR.HubConnectionState.Connected) return;
    follow.streams.forEach(stream => stream.dispose());
    const current = () => !follow.done && follow.streams.includes(subscription);
    const subscription = this.#connection.stream('Subscribe', follow.jobId, follow.seq).subscribe({
      next: event => {
        if (!current() || event.seq <= follow.seq) return;
        if (event.seq !== follow.seq + 1) { this.#subscribe(follow); return; }     // never show a log with a hole
        follow.seq = event.seq;
        follow.behindSince = 0;
        follow.onEvent(event);
      },
      complete: () => { if (current()) { follow.done = true; this.#follows.delete(follow.jobId); follow.onEnd?.(); } },
      error: () => { if (current()) setTimeout(() => current() && this.#subscribe(follow), 1500); },
    });
    follow.streams = [subscription];
    if (follow.onPreview) {
      follow.streams.push(this.#connection.stream('Previews', follow.jobId).subscribe({
        next: preview => follow.onPreview(preview), complete() {}, error() {},
      }));
    }
  }

  #beat({ newestSeq }) {
    this.#lastBeat = Date.now();
    for (const [jobId, seq] of Object.entries(newestSeq)) {
      const follow = this.#follows.get(jobId);
      if (!follow || seq <= follow.seq) continue;
      follow.behindSince ||= Date.now();
      if (Date.now() - follow.behindSince > 6000) { follow.behindSince = 0; this.#subscribe(follow); }
    }
  }

  #watch() {
    if (this.#connection?.state !== signalR.HubConnectionState.Connected || Date.now() - this.#lastBeat < quietLimit) return;
    this.#connection.stop();            // its close handler connects anew
  }

  #state(state) {
    this.dispatchEvent(new CustomEvent('state', { detail: state }));
  }
}
