import { api } from './api.js';
import { announce, ask, h, ProblemLine } from './dom.js';
import { LossChart } from './chart.js';
import { duration, spell } from './job.js';
import { OptionFields } from './options.js';

/** Everything about one training: start, phase in words, bar, step, loss, time left, preview, cancel. */
export class Training {
  #announced = 0;
  #lastState = null;
  #job = null;

  constructor({ ontrain }) {
    this.ontrain = ontrain;
    this.options = new OptionFields('training');
    this.startButton = h('button', { type: 'submit', class: 'primary', id: 'train' }, 'Learn this object');
    this.hint = h('p', { class: 'hint' });
    this.problem = new ProblemLine();
    this.form = h('form', { class: 'train-form', noValidate: true, onsubmit: event => { event.preventDefault(); this.#start(); } },
      h('div', { class: 'row' }, this.startButton, this.hint),
      h('details', { class: 'advanced' }, h('summary', {}, 'Advanced'), this.options.upfront, this.options.more));

    this.phase = h('p', { class: 'phase' });
    this.bar = h('div', { class: 'bar', role: 'progressbar', 'aria-label': 'Training', 'aria-valuemin': '0' }, h('i', {}));
    this.facts = h('dl', { class: 'facts' });
    this.warning = h('p', { class: 'hint warn', hidden: true });
    this.cancelButton = h('button', { type: 'button', class: 'quiet', id: 'cancel-training', onclick: () => this.#cancel() }, 'Cancel');
    this.chart = new LossChart();
    this.previewImage = h('img', { alt: 'What the object looks like to the model now', hidden: true, onload: () => { this.previewImage.hidden = false; this.previewImage.classList.add('shown'); } });
    this.previewNote = h('figcaption', {});
    this.previewEmpty = h('span', { class: 'preview-empty' });
    this.preview = h('figure', { class: 'preview' }, h('div', { class: 'preview-box' }, this.previewImage, this.previewEmpty), this.previewNote);
    this.story = h('details', { class: 'story', open: true }, h('summary', {}, 'Loss and preview'), h('div', { class: 'live-body' }, this.chart.element, this.preview));
    this.live = h('div', { class: 'live', hidden: true },
      h('div', { class: 'live-head' }, this.phase, this.cancelButton), this.bar, this.warning, this.facts, this.story);
    this.element = h('section', { class: 'panel training', 'aria-labelledby': 'training-title' },
      h('h2', { id: 'training-title' }, 'Learn'), this.live, this.form, this.problem.element);
  }

  /** What may be done now. */
  allow({ ready, hint, again }) {
    this.options.refresh();
    this.startButton.disabled = !ready;
    this.startButton.textContent = again ? 'Learn again' : 'Learn this object';
    this.startButton.classList.toggle('primary', !again);
    this.hint.textContent = hint;
    this.form.hidden = Boolean(this.#job && !this.#job.over);
  }

  show(job) {
    if (job?.id !== this.#job?.id) {
      this.story.open = job?.state !== 'succeeded';
      this.#announced = 0;
      this.#lastState = null;
      this.#forgetPreview();
    }
    this.#job = job;
    this.live.hidden = !job;
    if (!job) return;

    const share = job.steps ? Math.min(1, job.step / job.steps) : 0;
    this.live.dataset.state = job.state;
    this.phase.replaceChildren(...this.#phase(job));
    this.cancelButton.hidden = job.over;
    this.bar.hidden = job.over && job.state === 'succeeded';
    this.bar.firstChild.style.width = `${(share * 100).toFixed(2)}%`;
    this.bar.classList.toggle('waiting', job.state === 'queued' || (job.state === 'running' && job.step === 0));
    this.bar.setAttribute('aria-valuemax', job.steps ?? 0);
    this.bar.setAttribute('aria-valuenow', job.step);
    this.bar.setAttribute('aria-valuetext', job.steps ? `step ${job.step} of ${job.steps}` : 'waiting');
    this.warning.textContent = job.warnings.join(' ');
    this.warning.hidden = job.warnings.length === 0;
    this.#facts(job);
    this.previewEmpty.textContent = job.over ? 'It ended before the first preview.' : 'The first preview comes in a moment.';
    this.chart.element.hidden = job.losses.length === 0 && job.over;
    this.chart.show(job.losses, job.steps);
    this.#announce(job, share);
  }

  /** Picture and caption are of one training. */
  #forgetPreview() {
    this.previewImage.hidden = true;
    this.previewImage.classList.remove('shown');
    this.previewImage.removeAttribute('src');
    this.previewNote.textContent = '';
    this.preview.hidden = false;
    this.#place = null;
  }

  /** Says how long it has yet to wait, in words. */
  place(words) {
    if (words === this.#place) return;
    this.#place = words;
    if (this.#job) this.#facts(this.#job);
  }

  #place = null;

  showPreview(preview) {
    this.previewImage.src = preview.url;
    this.previewNote.textContent = `Preview at step ${preview.step}`;
    this.preview.hidden = false;
  }

  /** No preview was ever drawn. */
  hidePreview() { this.preview.hidden = true; }

  #phase(job) {
    const words = {
      queued: job.attempt > 0 ? 'Waiting to go on' : 'Waiting for a free device',
      running: job.step === 0 ? 'Preparing' : job.step >= (job.steps ?? Infinity) ? 'Saving' : 'Learning',
      succeeded: 'Learned', failed: 'Could not be learned', canceled: 'Cancelled',
    }[job.state];
    const more = job.state === 'failed' ? job.error
      : job.state === 'queued' ? job.reason
      : job.state === 'running' && job.attempt > 1 && job.resumedAt !== null
        ? job.resumedAt > 0 ? `goes on from step ${job.resumedAt} after an interruption` : 'begun again after an interruption'
      : job.state === 'succeeded' && job.started && job.ended ? `${job.steps ?? job.step} steps in ${duration((job.ended - job.started) / 1000)}`
      : null;
    return [h('b', {}, words), more && h('span', {}, ` — ${more}`)].filter(Boolean);
  }

  #facts(job) {
    const facts = job.over && job.state === 'succeeded' ? [] : [['Step', job.steps ? `${job.step} / ${job.steps}` : '–']];
    if (job.losses.length && !(job.over && job.state === 'succeeded')) facts.push(['Loss', job.loss.toFixed(4)]);
    if (job.state === 'queued' && this.#place) facts.push(['In line', this.#place]);
    const eta = job.state === 'running' ? job.eta : null;
    if (!job.over) facts.push(['Time left', eta ? spell(eta) : '–']);
    if (job.checkpoints.length && !job.over) facts.push(['Checkpoints', `${job.checkpoints.length}`]);
    this.facts.hidden = facts.length === 0;
    this.facts.replaceChildren(...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
  }

  #announce(job, share) {
    if (this.#lastState !== null && job.state !== this.#lastState) {
      announce({ running: 'Training has started.', succeeded: 'Training is done. The object can be drawn now.', failed: `Training failed: ${job.error ?? ''}`,
        canceled: 'Training was cancelled.', queued: 'Training waits for a device.' }[job.state]);
    }
    const quarter = Math.floor(share * 4);
    if (this.#lastState !== null && quarter > this.#announced && job.state === 'running') announce(`Training: ${quarter * 25} per cent.`);
    this.#announced = Math.max(this.#announced, quarter);
    this.#lastState = job.state;
  }

  async #start() {
    if (!this.options.valid()) return;
    this.problem.hide();
    this.startButton.disabled = true;
    try {
      await this.ontrain(this.options.values());
    } catch (error) {
      this.problem.show(error);
      this.startButton.disabled = false;
    }
  }

  async #cancel() {
    if (!await ask('Cancel this training?', 'What it has learned since its last checkpoint is lost. Checkpoints stay.', 'Cancel training')) return;
    try { await api.cancel(this.#job.id); } catch (error) { this.problem.show(error); }
  }
}
