/** What one job's events add up to. The same events in the same order give the same picture, live or read later. */
export class Job {
  #attempt = 0;                         // of the last event

  constructor(view) {
    this.id = view.id;
    this.kind = view.kind;
    this.conceptId = view.conceptId;
    this.prompt = view.prompt;
    this.settings = view.sampling;
    this.submitted = new Date(view.submitted);
    this.seq = 0;
    this.state = view.state;
    this.reason = null;
    this.attempt = view.attempt;
    this.step = view.step ?? 0;
    this.steps = view.steps ?? null;
    this.loss = view.loss ?? null;
    this.error = view.error ?? null;
    this.ended = view.ended ? new Date(view.ended) : null;
    this.started = view.started ? new Date(view.started) : null;
    this.losses = [];                   // { step, loss }
    this.times = [];                    // seconds of the last steps
    this.images = view.images.map(id => this.#image(id));
    this.checkpoints = [];
    this.warnings = [];
    this.resumedAt = null;              // the step that its present attempt went on from
  }

  /** Pictures asked for. */
  get expected() { return this.settings?.count ?? this.images.length; }

  /** The id ends in the picture's index; its seed follows from it. */
  #image(id) {
    const index = Number(id.slice(id.lastIndexOf('-') + 1));
    return { id, index, seed: this.settings ? this.settings.seed + index : null, warnings: [] };
  }

  get over() { return this.state === 'succeeded' || this.state === 'failed' || this.state === 'canceled'; }

  /** A newer view may know more of the end than the events read so far. */
  refresh(view) {
    if (view.lastSeq < this.seq) return;
    this.state = view.state;
    this.error = view.error ?? this.error;
    this.started = view.started ? new Date(view.started) : this.started;
    this.ended = view.ended ? new Date(view.ended) : null;
    if (view.step > this.step) this.step = view.step;
    this.steps = view.steps ?? this.steps;
    this.images = this.images.filter(image => view.images.includes(image.id));
    for (const id of view.images) if (!this.images.some(image => image.id === id)) this.images.push(this.#image(id));
  }

  apply(event) {
    this.seq = event.seq;
    if (event.attempt > this.#attempt) [this.#attempt, this.resumedAt] = [event.attempt, null];
    this.attempt = Math.max(this.attempt, event.attempt);
    const data = event.data;
    switch (data.type) {
      case 'state':
        this.state = data.state;
        this.reason = data.reason;
        if (data.state === 'running') this.started ??= new Date(event.time);
        if (this.over) this.ended = new Date(event.time);
        break;
      case 'step':
        this.resumedAt ??= data.step - 1;
        this.step = data.step;
        this.steps = data.steps;
        this.loss = data.loss;
        this.losses.push({ step: data.step, loss: data.loss });
        this.times.push(data.seconds);
        if (this.times.length > 40) this.times.shift();
        break;
      case 'sampling-step':
        this.step = data.step;
        this.steps = data.steps;
        break;
      case 'checkpoint':
        this.checkpoints.push({ step: data.step, bytes: data.bytes });
        break;
      case 'image': {
        const image = { id: data.imageId, index: data.index, seed: data.seed, warnings: data.warnings };
        const at = this.images.findIndex(known => known.id === data.imageId);
        if (at >= 0) this.images[at] = image; else this.images.push(image);
        break;
      }
      case 'warning':
        this.warnings.push(data.message);
        break;
      case 'error':
        this.error = data.message;
        break;
    }
  }

  /** A picture was deleted. */
  without(imageId) { this.images = this.images.filter(image => image.id !== imageId); }

  /** Seconds to go as [least, most], from how long recent steps took; null while nobody can know. */
  get eta() {
    if (this.over || this.times.length < 5 || !this.steps) return null;
    const sorted = [...this.times].sort((a, b) => a - b);
    const left = this.steps - this.step;
    return [left * sorted[Math.floor(sorted.length * 0.25)], left * sorted[Math.floor(sorted.length * 0.85)]];
  }
}

/** "about 40 s", "2–3 min". */
export function spell([least, most]) {
  if (most < 8) return 'a few seconds';
  if (most < 90) {
    const [a, b] = [Math.max(5, Math.round(least / 5) * 5), Math.round(most / 5) * 5];
    return a === b ? `about ${b} s` : `${a}–${b} s`;
  }
  const [a, b] = [Math.max(1, Math.round(least / 60)), Math.round(most / 60)];
  return a === b ? `about ${b} min` : `${a}–${b} min`;
}

export function duration(seconds) {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
