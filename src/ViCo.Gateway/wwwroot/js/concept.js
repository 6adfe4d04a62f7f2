import { api } from './api.js';
import { ask, h, icon } from './dom.js';
import { Draw } from './draw.js';
import { Gallery } from './gallery.js';
import { Job } from './job.js';
import { Photos } from './photos.js';
import { Runs } from './runs.js';
import { Training } from './training.js';

const drawingsAtOnce = 60;

/** One concept's page: photos, learning, drawing, pictures. Also the page on which a new one begins. */
export class ConceptPage {
  #concept = null;
  #jobs = new Map();
  #unfollow = [];
  #creating = null;
  #closed = false;

  constructor({ live, onchange }) {
    this.live = live;
    this.onchange = onchange;
    this.photos = new Photos(() => this.#photosChanged());
    this.training = new Training({ ontrain: settings => this.#train(settings) });
    this.draw = new Draw({ ondraw: request => this.#draw(request) });
    this.runs = new Runs();
    this.gallery = new Gallery({ onuse: settings => this.draw.use(settings) });
    this.head = h('header', { class: 'concept-head' });
    this.element = h('div', { class: 'concept-page' }, this.head,
      h('section', { class: 'panel photo-panel', 'aria-labelledby': 'photos-title' }, h('h2', { id: 'photos-title' }, 'Photos'), this.photos.element),
      this.training.element, this.runs.element, this.draw.element, this.gallery.element);
    this.#paste = event => {
      if (!event.target.closest?.('input, textarea, [contenteditable]')) this.photos.paste(event);
    };
    addEventListener('paste', this.#paste);
  }

  #paste;

  /** Begins a new concept: it is made as soon as it has a name, a word and a photo. */
  begin() {
    this.name = h('input', { id: 'name', type: 'text', maxlength: 80, autocomplete: 'off', placeholder: 'My teapot', required: true });
    this.word = h('input', { id: 'init-word', type: 'text', maxlength: 40, autocomplete: 'off', autocapitalize: 'none', spellcheck: false, placeholder: 'teapot', required: true });
    this.problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    this.advice = h('p', { class: 'hint warn', role: 'status', hidden: true });
    const go = event => { event?.preventDefault(); this.#photosChanged(); };
    this.head.replaceChildren(h('h1', {}, 'Teach it an object'),
      h('p', { class: 'lead' }, 'A handful of photos is enough. Say what kind of thing it is in one word; the model starts from there and learns what makes yours yours.'),
      h('form', { class: 'fields naming', onsubmit: go },
        h('label', {}, 'Its name', this.name), h('label', {}, 'What it is, in one word', this.word)), this.advice, this.problem);
    this.name.addEventListener('change', go);
    this.word.addEventListener('change', go);
    this.word.addEventListener('input', () => { this.#allow(); this.#advise(); });
    this.name.addEventListener('input', () => this.#allow());
    this.#allow();
    this.name.focus();
  }

  #asking;

  /** Says while it is typed when the base model does not know the word as one token. */
  #advise() {
    clearTimeout(this.#asking);
    const word = this.word.value.trim();
    if (!word) { this.advice.hidden = true; return; }
    this.#asking = setTimeout(async () => {
      const advice = await api.models().then(([model]) => model && api.tokens(model.name, word)).then(answer => answer?.advice).catch(() => null);
      if (this.word.value.trim() !== word) return;
      this.advice.textContent = advice ?? '';
      this.advice.hidden = !advice;
    }, 300);
  }

  /** Shows a concept and follows what runs. */
  async open(concept) {
    this.#show(concept);
    this.photos.attach(concept);
    await this.#readJobs();
  }

  /** What other tabs did since. */
  async refresh(concept) {
    if (this.#closed || !concept || !this.#concept) return;
    this.#show(concept);
    await this.#readJobs();
  }

  get id() { return this.#concept?.id ?? null; }

  /** Photos or words that leaving would throw away. */
  close() {
    this.#closed = true;
    removeEventListener('paste', this.#paste);
    this.#unfollow.forEach(stop => stop());
  }

  #show(concept) {
    const first = this.#concept?.id !== concept.id;
    this.#concept = concept;
    if (first) {
      const remove = h('button', { type: 'button', class: 'icon', 'aria-label': 'Delete this concept', title: 'Delete', onclick: () => this.#delete() }, icon('trash'));
      this.head.replaceChildren(
        h('div', { class: 'row spread' }, h('h1', {}, concept.name), remove),
        h('p', { class: 'lead' }, 'Starts from “', h('b', {}, concept.objects.map(object => object.initWord).join('” and “')), '”.'));
    }
    this.draw.show(concept);
    this.runs.show(concept).catch(() => {});
    this.#allow();
  }

  #photosChanged() {
    if (!this.training) return;                         // still being built
    if (!this.#concept && this.photos.any && this.#named) this.#create();
    this.#allow();
  }

  get #named() { return this.name?.value.trim() && this.word?.value.trim(); }

  #create() {
    return this.#creating ??= (async () => {
      try {
        const concept = await api.createConcept(this.name.value.trim(), this.word.value.trim());
        this.#show(concept);
        this.photos.attach(concept);
        this.onchange(concept);
      } catch (error) {
        this.#creating = null;
        this.problem.textContent = error.message;
        this.problem.hidden = false;
        throw error;
      }
    })();
  }

  #allow() {
    const training = this.#training();
    this.element.dataset.stage = this.#concept?.checkpoints.length && !(training && !training.over) ? 'ready' : 'new';
    const good = this.photos.good;
    const missing = !this.#concept && !this.#named ? 'Give it a name and a word.'
      : good === 0 && !this.photos.any ? 'Add a few photos first.'
      : this.photos.waiting ? 'Photos are being checked…'
      : good === 0 ? 'No photo can be used yet.'
      : `${good} ${good === 1 ? 'photo' : 'photos'} to learn from.`;
    this.training.allow({ ready: good > 0 && !this.photos.waiting && Boolean(this.#concept), hint: missing, again: Boolean(training?.over && training.state === 'succeeded') });
  }

  #training() {
    return [...this.#jobs.values()].filter(job => job.kind === 'training').sort((a, b) => b.submitted - a.submitted)[0] ?? null;
  }

  async #train(settings) {
    const view = await api.train(this.#concept.id, settings);
    this.#take(view);
    this.onchange(this.#concept);
    this.training.element.scrollIntoView({ block: 'nearest' });
  }

  async #draw(request) {
    const view = await api.draw(request);
    this.#take(view);
  }

  async #readJobs() {
    const of = `concept=${this.#concept.id}`;
    const [trainings, drawings] = await Promise.all([api.jobs(`${of}&kind=training&limit=1`), api.jobs(`${of}&kind=sampling&limit=${drawingsAtOnce}`)]);
    if (this.#closed) return;
    const newest = trainings.jobs[0];
    for (const view of [...newest ? [newest] : [], ...drawings.jobs.reverse()]) this.#take(view);
    if (this.#older === undefined) this.#mayBeMore(drawings.next);
    if (!newest) this.training.show(null);
    this.#allow();
  }

  #older;

  /** Where older drawings go on; null when all are shown. */
  #mayBeMore(next) {
    this.#older = next ?? null;
    this.gallery.more(this.#older ? async () => {
      const page = await api.jobs(`concept=${this.#concept.id}&kind=sampling&limit=${drawingsAtOnce}`, this.#older);
      if (this.#closed) return;
      page.jobs.forEach(view => this.#take(view));
      this.#mayBeMore(page.next);
    } : null);
  }

  /** A job's view as the server has it: shown, and followed while it is not over. */
  #take(view) {
    let job = this.#jobs.get(view.id);
    if (job) {
      if (!this.live.follows(view.id)) { job.refresh(view); this.#render(job); }
      return;
    }
    job = new Job(view);
    this.#jobs.set(view.id, job);
    const history = job.kind === 'training';
    if (job.over && !history) { this.#render(job); return; }
    if (job.over) { this.#readHistory(job); return; }
    this.#render(job);
    this.#unfollow.push(this.live.follow(job.id, 0, {
      onEvent: event => { job.apply(event); this.#rendered(job); if (event.data.type === 'checkpoint') this.#reload(); },
      onEnd: () => { this.#render(job); this.#reload(); },
      onPreview: history ? preview => this.training.showPreview(preview) : undefined,
    }));
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
    this.#render(job);
    if (this.#training() === job) {
      const answer = await fetch(`/jobs/${job.id}/preview`, { method: 'GET' }).catch(() => null);
      if (answer?.ok) this.training.showPreview({ url: `/jobs/${job.id}/preview`, step: /step-(\d+)/.exec(answer.headers.get('ETag') ?? '')?.[1] ?? job.step });
      else this.training.hidePreview();
    }
  }

  #frames = new Set();

  /** Many events in one frame cost one drawing. */
  #rendered(job) {
    if (this.#frames.has(job.id)) return;
    this.#frames.add(job.id);
    requestAnimationFrame(() => { this.#frames.delete(job.id); this.#render(job); });
  }

  #render(job) {
    if (this.#closed) return;
    if (job.kind === 'sampling') this.gallery.show(job);
    else if (this.#training() === job) { this.training.show(job); this.#allow(); }
  }

  async #reload() {
    try {
      const concept = await api.concept(this.#concept.id);
      if (!this.#closed) { this.#show(concept); this.onchange(concept); }
    } catch { /* the next change is told of */ }
  }

  async #delete() {
    if (!await ask(`Delete “${this.#concept.name}”?`, 'Its photos, what was learned from them and all its pictures go with it. This cannot be undone.', 'Delete')) return;
    await api.deleteConcept(this.#concept.id);
    this.onchange(null);
    location.hash = '#/';
  }
}
