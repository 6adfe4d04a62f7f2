import { api } from './api.js';
import { spell } from './job.js';

const pause = 4000;

/** Says of what waits how many go before it and how long that may take. Asks while something waits and somebody looks, and not else. */
export class Places {
  #timer = 0;

  /** @param waiting Gives the jobs that wait. @param onplace Called with a job and words. */
  constructor({ waiting, onplace }) {
    Object.assign(this, { waiting, onplace });
  }

  /** Something may wait now. */
  look() {
    if (!this.#timer && this.waiting().length) this.#timer = setTimeout(() => this.#ask(), 300);
  }

  close() {
    clearTimeout(this.#timer);
    this.#timer = -1;
  }

  /** The first and the last in line: what stands between can be told from them. */
  async #ask() {
    const line = this.waiting().sort((a, b) => a.submitted - b.submitted);
    for (const job of document.hidden ? [] : new Set([line[0], line.at(-1)])) {
      const place = job && await api.place(job.id).catch(() => null);
      if (place && place.ahead !== null && place.ahead !== undefined) this.onplace(job, words(place));
    }
    if (this.#timer === -1) return;
    this.#timer = this.waiting().length ? setTimeout(() => this.#ask(), pause) : 0;
  }
}

function words({ ahead, wait }) {
  const place = ahead === 0 ? 'next in line' : `about ${ahead} ${ahead === 1 ? 'job' : 'jobs'} before it`;
  return wait ? `${place} · starts in ${spell([wait.least, wait.most])}` : place;
}
