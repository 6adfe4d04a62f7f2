import { api } from './api.js';
import { Job } from './job.js';

const drawingsAtOnce = 20;

/** The trainings and drawings of one concept: read page by page, and followed while they are under way. */
export class ConceptJobs {
  #jobs = new Map();
  #unfollow = new Map();
  #older;
  #frames = new Set();
  #closed = false;

  /**
   * @param onjob Called with a job that is to be shown anew. @param onend When a followed one has ended. @param ongone With the id of one that
   * is deleted. @param oncheckpoint When a training has saved one. @param onpreview With `{ job, url, step }`, or no url: there is none.
   * @param onmore With what reads older drawings, or null.
   */
  constructor({ live, onjob, onend, ongone, oncheckpoint, onpreview, onmore }) {
    Object.assign(this, { live, onjob, onend, ongone, oncheckpoint, onpreview, onmore });
  }

  /** The newest training. */
  get training() {
    return [...this.#jobs.values()].filter(job => job.kind === 'training').sort((a, b) => b.submitted - a.submitted)[0] ?? null;
  }

  /** Drawings that are not over. */
  get drawing() { return [...this.#jobs.values()].filter(job => job.kind === 'sampling' && !job.over); }

  get waiting() { return [...this.#jobs.values()].filter(job => job.state === 'queued'); }

  /** Reads the newest of them; what the list does not have any more is gone. */
  async read(concept) {
    const of = `concept=${concept}`, before = [...this.#jobs.values()];
    const [trainings, drawings] = await Promise.all([api.jobs(`${of}&kind=training&limit=1`), api.jobs(`${of}&kind=sampling&limit=${drawingsAtOnce}`)]);
    if (this.#closed) return;
    const newest = trainings.jobs[0], there = new Set([...trainings.jobs, ...drawings.jobs].map(job => job.id));
    const oldest = drawings.next ? new Date(drawings.jobs.at(-1)?.submitted ?? 0) : new Date(0);
    for (const job of before) {
      const missed = !there.has(job.id) && (job.kind === 'training' ? !newest || job.submitted >= new Date(newest.submitted) : job.submitted > oldest);
      // A list may be behind: the job itself is asked.
      if (missed && await api.job(job.id).then(() => false, error => error.status === 404)) this.drop(job.id);
    }
    if (this.#closed) return;
    for (const view of [...newest ? [newest] : [], ...drawings.jobs.reverse()]) this.take(view);
    if (this.#older === undefined) this.#mayBeMore(concept, drawings.next);
  }

  /** Where older drawings go on; null when all are shown. */
  #mayBeMore(concept, next) {
    this.#older = next ?? null;
    this.onmore(this.#older ? async () => {
      let page = { next: this.#older };
      do page = await api.jobs(`concept=${concept}&kind=sampling&limit=${drawingsAtOnce}`, page.next); while (page.jobs.length === 0 && page.next);
      if (this.#closed) return;
      page.jobs.forEach(view => this.take(view));
      this.#mayBeMore(concept, page.next);
    } : null);
  }

  /** A job's view as the server has it: shown, and followed while it is not over. */
  take(view) {
    const known = this.#jobs.get(view.id);
    if (known) {
      if (!this.live.follows(view.id)) { known.refresh(view); this.onjob(known); }
      return;
    }
    const job = new Job(view), training = job.kind === 'training';
    this.#jobs.set(view.id, job);
    if (job.over && training) { this.#readHistory(job); return; }
    this.onjob(job);
    if (job.over) return;
    this.#unfollow.set(job.id, this.live.follow(job.id, 0, {
      onEvent: event => { job.apply(event); this.#soon(job); if (event.data.type === 'checkpoint') this.oncheckpoint(); },
      onEnd: () => { this.onjob(job); this.onend(job); },
      onPreview: training ? preview => this.onpreview({ job, ...preview }) : undefined,
    }));
  }

  /** A job that was deleted. */
  drop(id) {
    if (!this.#jobs.delete(id)) return;
    this.#unfollow.get(id)?.();
    this.ongone(id);
  }

  /** A picture that was deleted. */
  dropPicture(id) {
    const job = this.#jobs.get(id.slice(0, id.lastIndexOf('-')));
    if (!job) return;
    job.without(id);
    this.onjob(job);
  }

  close() {
    this.#closed = true;
    this.#unfollow.forEach(stop => stop());
  }

  /** A training that is over: its curve comes from the same log. */
  async #readHistory(job) {
    try {
      for (let page; ;) {
        page = await api.events(job.id, job.seq);
        page.events.forEach(event => job.apply(event));
        if (page.events.length === 0 || job.seq >= page.lastSeq) break;
      }
    } catch { /* the curve is missing; the rest stands */ }
    if (this.#closed) return;
    this.onjob(job);
    const url = `/jobs/${job.id}/preview`;
    const answer = await fetch(url).catch(() => null);
    this.onpreview(answer?.ok ? { job, url, step: /step-(\d+)/.exec(answer.headers.get('ETag') ?? '')?.[1] ?? job.step } : { job });
  }

  /** Many events in one frame cost one drawing. */
  #soon(job) {
    if (this.#frames.has(job.id)) return;
    this.#frames.add(job.id);
    requestAnimationFrame(() => {
      this.#frames.delete(job.id);
      if (!this.#closed && this.#jobs.has(job.id)) this.onjob(job);
    });
  }
}
