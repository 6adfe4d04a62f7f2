import { api } from './api.js';
import { ConceptJobs } from './concept-jobs.js';
import { announce, ask, askFor, h, icon, ProblemLine, promptLine } from './dom.js';
import { Draw } from './draw.js';
import { Gallery } from './gallery.js';
import { Naming } from './naming.js';
import { Photos } from './photos.js';
import { Places } from './places.js';
import { Runs } from './runs.js';
import { title } from './title.js';
import { Training } from './training.js';

/** One concept's page: photos, learning, drawing, pictures. Also the page on which a new one begins. */
export class ConceptPage {
  #concept = null;
  #creating = null;
  #closed = false;
  #naming = null;

  constructor({ live, onchange }) {
    this.onchange = onchange;
    this.photos = new Photos(() => this.#photosChanged());
    this.training = new Training({ ontrain: settings => this.#train(settings) });
    this.draw = new Draw({ ondraw: request => this.#draw(request) });
    this.runs = new Runs();
    this.gallery = new Gallery({ onuse: settings => this.draw.use(settings), oncancelall: () => this.#cancelAll(), about: {
      checkpoint: name => name ? this.runs.words(name) ?? `step ${`${name}`.split(':').at(-1)} of a run that is gone` : null,
      references: ids => (ids ?? []).map(id => this.#concept.photos.find(photo => photo.id === id)?.name ?? 'a photo that is gone').join(', ') || null,
    } });
    this.jobs = new ConceptJobs({
      live, onjob: job => this.#render(job), onend: job => this.#ended(job), ongone: id => { this.gallery.remove(id); this.#renderTraining(); },
      oncheckpoint: () => this.#reload(), onmore: read => this.gallery.more(read),
      onpreview: ({ job, ...preview }) => {
        if (this.jobs.training !== job) return;
        if (preview.url) this.training.showPreview(preview); else this.training.hidePreview();
      },
    });
    this.places = new Places({ waiting: () => this.jobs.waiting, onplace: (job, words) => {
      if (job.kind === 'training') this.training.place(words); else this.gallery.place(job.id, words);
    } });
    this.problem = new ProblemLine();
    this.head = h('header', { class: 'concept-head' });
    this.element = h('div', { class: 'concept-page' }, this.head,
      h('section', { class: 'panel photo-panel', 'aria-labelledby': 'photos-title' }, h('h2', { id: 'photos-title' }, 'Photos'), this.photos.element),
      this.training.element, this.runs.element, this.draw.element, this.gallery.element);
    addEventListener('paste', this.#paste);
  }

  #paste = event => {
    if (this.element.isConnected && !event.target.closest?.('input, textarea, [contenteditable]')) this.photos.paste(event);
  };

  /** Begins a new concept: it is made as soon as it has a name, a word and a photo. */
  begin() {
    this.#naming = new Naming({ onname: () => this.#photosChanged(), ontype: () => this.#allow() });
    this.head.replaceChildren(...this.#naming.children);
    this.#allow();
  }

  /** Puts the cursor where a new object begins. */
  focus() { this.#naming?.name.focus(); }

  /** Shows a concept and follows what runs. */
  async open(concept) {
    this.#show(concept);
    this.photos.attach(concept);
    await Promise.all([this.#readJobs(), this.runs.ready, this.draw.ready, this.draw.options.ready, this.training.options.ready]);
  }

  /** What happened elsewhere since; null: the concept is gone. */
  async refresh(concept) {
    if (this.#closed || !this.#concept) return;
    if (!concept) { this.gone(); return; }
    this.#show(concept);
    this.photos.attach(concept);
    await this.#readJobs();
  }

  /** The concept was deleted, here or elsewhere. */
  gone() {
    const name = this.#concept?.name;
    this.close();
    this.element.replaceChildren(h('div', { class: 'away' }, h('h1', { tabIndex: -1 }, 'Deleted'), h('p', {}, `“${name}” was deleted, with its photos, pictures and what was learned.`),
      h('a', { class: 'button', href: '#/' }, 'To the other objects')));
    title.progress(null);
    announce(`“${name}” was deleted.`);
  }

  get id() { return this.#concept?.id ?? null; }

  /** Photos or words that leaving would throw away. */
  get unsaved() { return !this.#closed && (this.photos.unsent || Boolean(!this.#concept && this.#naming?.begun)); }

  close() {
    this.#closed = true;
    removeEventListener('paste', this.#paste);
    this.photos.close();
    this.jobs.close();
    this.places.close();
  }

  #show(concept) {
    const first = this.#concept?.id !== concept.id;
    const head = JSON.stringify([concept.name, concept.objects, concept.runs > 0]);
    this.#concept = concept;
    if (first || this.head.dataset.shown !== head) {
      this.head.dataset.shown = head;
      const focused = this.head.contains(document.activeElement), button = document.activeElement?.dataset.key;
      const change = (what, key, words) => h('button', { type: 'button', class: 'quiet small', dataset: { key }, 'aria-label': words, onclick: () => this.#change(what) }, 'Change');
      const remove = h('button', { type: 'button', class: 'icon', 'aria-label': 'Delete this concept', title: 'Delete', onclick: () => this.#delete() }, icon('trash'));
      this.head.replaceChildren(
        h('div', { class: 'row spread' }, h('div', { class: 'row' }, h('h1', {}, concept.name), change('name', 'name', 'Change its name')), remove),
        h('p', { class: 'lead' }, 'Starts from “', h('b', {}, concept.objects.map(object => object.initWord).join('” and “')), '”. ',
          // What was learned started from it.
          concept.runs === 0 && concept.objects.length === 1 && change('initWord', 'word', 'Change the word it starts from')), this.problem.element);
      // Who has just named it goes on with its photos; who has changed it, where that was.
      if (focused) (this.head.querySelector(`[data-key="${button}"]`) ?? this.photos.drop).focus();
    }
    this.draw.show(concept);
    this.runs.ready = this.runs.show(concept).catch(() => {});
    this.#allow();
  }

  #photosChanged() {
    if (!this.training) return;                         // still being built
    if (!this.#concept && this.photos.any && this.#naming?.words) this.#create();
    this.#allow();
  }

  #create() {
    return this.#creating ??= (async () => {
      try {
        const { name, word } = this.#naming.words;
        const concept = await api.createConcept(name, word);
        this.#show(concept);
        this.photos.attach(concept);
        this.onchange(concept, this);
      } catch (error) {
        this.#creating = null;
        this.#naming.problem.show(error);
      }
    })();
  }

  #allow() {
    const training = this.jobs.training;
    this.element.dataset.stage = this.#concept?.checkpoints.length && !(training && !training.over) ? 'ready' : 'new';
    const good = this.photos.good;
    const missing = !this.#concept && !this.#naming?.words ? 'Give it a name and a word.'
      : good === 0 && !this.photos.any ? 'Add a few photos first.'
      : this.photos.waiting ? 'Photos are on their way…'
      : good === 0 ? 'No photo can be used yet.'
      : `${good} ${good === 1 ? 'photo' : 'photos'} to learn from.`;
    this.training.allow({ ready: good > 0 && !this.photos.waiting && Boolean(this.#concept), hint: missing, again: Boolean(training?.over && training.state === 'succeeded') });
  }

  /** A photo that was taken away here is away for what begins now. */
  async #train(settings) {
    await this.photos.flush();
    this.jobs.take(await api.train(this.#concept.id, settings));
    this.onchange(this.#concept, this);
    this.training.element.scrollIntoView({ block: 'nearest' });
  }

  async #draw(request) {
    await this.photos.flush();
    const view = await api.draw(request);
    this.jobs.take(view);
    return view;
  }

  async #readJobs() {
    await this.jobs.read(this.#concept.id);
    if (!this.#closed) this.#renderTraining();
  }

  #render(job) {
    if (this.#closed) return;
    if (job.kind === 'sampling') this.gallery.show(job);
    else if (this.jobs.training === job) this.#renderTraining();
    if (job.state === 'queued') this.places.look();
    this.tellProgress();
  }

  #renderTraining() {
    this.training.show(this.jobs.training);
    this.#allow();
  }

  /** How far it is stands in the tab's title. */
  tellProgress() {
    if (!this.element.isConnected || this.#closed) return;
    const training = this.jobs.training, drawings = this.jobs.drawing.length;
    title.progress(training && !training.over ? training.steps && training.step ? `${Math.floor(100 * training.step / training.steps)} % learned` : 'Waiting to learn'
      : drawings === 0 ? null : drawings === 1 ? 'Drawing' : `Drawing ${drawings}`);
  }

  /** What has ended is told: to who listens, and in the title to who is elsewhere. */
  #ended(job) {
    this.#reload();
    const count = job.images.length, what = `“${promptLine(job.prompt)}”`;
    if (job.kind === 'training') title.ended({ succeeded: 'Learned', failed: 'Not learned', canceled: 'Cancelled' }[job.state]);
    else {
      announce({ succeeded: `${count} ${count === 1 ? 'picture' : 'pictures'} of ${what} ${count === 1 ? 'is' : 'are'} there.`,
        failed: `${what} could not be drawn: ${job.error ?? ''}`, canceled: `The drawing of ${what} was cancelled.` }[job.state]);
      title.ended({ succeeded: 'Drawn', failed: 'Not drawn', canceled: 'Cancelled' }[job.state]);
    }
  }

  async #reload() {
    try {
      const concept = await api.concept(this.#concept.id);
      if (!this.#closed) { this.#show(concept); this.onchange(concept, this); }
    } catch { /* the next change is told of */ }
  }

  /** Cancels what waits or is drawn of the concept, shown or not; returns how many. */
  async #cancelAll() {
    const open = [];
    for (let cursor; ;) {
      const page = await api.jobs(`concept=${this.#concept.id}&kind=sampling&state=queued,running&limit=200`, cursor);
      open.push(...page.jobs);
      if (!(cursor = page.next)) break;
    }
    await Promise.all(open.map(job => api.cancel(job.id).catch(() => {})));
    return open.length;
  }

  async #change(what) {
    const before = what === 'name' ? this.#concept.name : this.#concept.objects[0].initWord;
    const text = await askFor(what === 'name' ? 'What is it called?' : 'What is it, in one word?', before, what === 'name' ? 80 : 40);
    if (!text || text === before) return;
    this.problem.hide();
    try {
      const concept = await api.changeConcept(this.#concept.id, { [what]: text });
      if (this.#closed) return;
      this.#show(concept);
      title.page(concept.name);
      this.onchange(concept, this);
    } catch (error) {
      this.problem.show(error);
    }
  }

  async #delete() {
    if (!await ask(`Delete “${this.#concept.name}”?`, 'Its photos, what was learned from them and all its pictures go with it. This cannot be undone.', 'Delete')) return;
    try {
      await api.deleteConcept(this.#concept.id);
    } catch (error) {
      if (error.status !== 404) { this.problem.show(error); return; }
    }
    this.onchange(null, this);
    location.hash = '#/';
  }
}
