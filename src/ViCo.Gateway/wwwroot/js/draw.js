import { api } from './api.js';
import { h, ProblemLine } from './dom.js';
import { drafts } from './drafts.js';
import { OptionFields } from './options.js';
import { picture, small } from './picture.js';
import { PromptBox } from './prompt.js';

const ideas = ['a photo of * on the beach', 'a photo of * in the snow', 'a photo of * on a wooden table', 'a painting of * in a garden'];

/** From prompt to request: the prompt, how many, which seed, and what experts turn. */
export class Draw {
  #concept = null;
  #history = [];
  #historyAt = -1;
  #again = null;                        // settings put back: prompt as it was shown and as it was said, references not chosen anew since

  constructor({ ondraw }) {
    this.ondraw = ondraw;
    this.prompt = new PromptBox({ onchange: () => { this.#check(); this.#keep(); }, onsubmit: () => this.#draw() });
    this.prompt.element.addEventListener('keydown', event => this.#recall(event));
    this.options = new OptionFields('sampling');
    this.checkpoint = h('select', { id: 'checkpoint' });
    this.references = h('div', { class: 'references', role: 'radiogroup', 'aria-label': 'Reference photo', oninput: () => { if (this.#again) this.#again.references = null; } });
    this.put = h('button', { type: 'button', class: 'chip-button', title: 'Put the object in', 'aria-label': 'Put S star in', onclick: () => this.prompt.insertObject() }, 'S★');
    this.button = h('button', { type: 'submit', class: 'primary', id: 'draw' }, 'Draw');
    this.problem = new ProblemLine();
    this.note = h('p', { class: 'hint warn', role: 'status', hidden: true });
    this.warningWords = h('span', {}, 'Without S★ the picture knows nothing of your object. ');
    this.warningButton = h('button', { type: 'button', class: 'inline', onclick: () => this.prompt.insertObject() }, 'Put S★ in');
    this.warning = h('p', { class: 'hint warn', hidden: true }, this.warningWords, this.warningButton);
    this.element = h('section', { class: 'panel draw', 'aria-labelledby': 'draw-title', hidden: true },
      h('h2', { id: 'draw-title' }, 'Draw'),
      h('form', { noValidate: true, onsubmit: event => { event.preventDefault(); this.#draw(); } },
        h('div', { class: 'composer' }, this.prompt.element,
          this.put, this.button),
        this.warning,
        this.ideas = h('div', { class: 'ideas', role: 'group', 'aria-label': 'Ideas' }, ideas.map(idea =>
          h('button', { type: 'button', class: 'idea', onclick: () => this.prompt.replace(idea) }, idea.replace('a photo of *', 'S★').replace('a painting of *', 'a painting of S★')))),
        this.options.upfront,
        h('details', { class: 'advanced' }, h('summary', {}, 'Advanced'), this.options.more,
          h('div', { class: 'fields' }, h('label', {}, 'Checkpoint', this.checkpoint),
            h('div', { class: 'wide' }, h('span', { class: 'label' }, 'Reference photo'), this.references)))),
      this.note, this.problem.element);
    addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !this.element.hidden && this.element.isConnected) this.#draw();
    });
  }

  show(concept) {
    const before = this.#concept;
    this.#concept = concept;
    if (concept.id !== before?.id) this.#begin(concept);
    this.#check();
    this.options.refresh();
    this.element.hidden = concept.checkpoints.length === 0;
    const marks = of => [...of.checkpoints.map(checkpoint => checkpoint.digest), of.runs, of.defaultRun, of.defaultStep].join();
    if (!before || marks(concept) !== marks(before)) this.ready = this.#readRuns(concept);
    if (concept.photos.map(photo => photo.id).join() !== before?.photos.map(photo => photo.id).join()) {
      const chosen = this.#reference;
      this.references.replaceChildren(...concept.photos.map(photo => h('label', { title: photo.name },
        h('input', { type: 'radio', name: 'reference', value: photo.id }), picture(small(photo.url, 96), { alt: photo.name, width: 58, height: 58 }))));
      this.#refer(chosen);
    }
  }

  /** What was typed here and not sent yet, or what a concept of several objects is asked by. */
  #begin(concept) {
    const draft = drafts.read(concept.id);
    if (concept.objects.length > 1) this.#several(concept.objects);
    this.#history = draft.history ?? [];
    if (draft.prompt !== undefined) this.prompt.value = draft.prompt;
  }

  #keep() {
    if (this.#concept) drafts.write(this.#concept.id, { prompt: this.prompt.value, history: this.#history.slice(-50) });
  }

  get #reference() { return this.references.querySelector('input:checked')?.value; }

  /** Chooses a reference photo; the first where it is not there. */
  #refer(photo) {
    const choices = [...this.references.querySelectorAll('input')];
    const wanted = choices.find(choice => choice.value === photo) ?? choices[0];
    for (const choice of choices) choice.checked = choice === wanted;
  }

  /** Every run's checkpoints, newest run first; the default's without a choice. */
  async #readRuns(concept) {
    const runs = await api.runs(concept.id).catch(() => []);
    if (concept.id !== this.#concept.id) return;
    const chosen = this.checkpoint.value;
    const name = (run, i) => `${run.label ?? (i === 0 ? 'newest training' : `training of ${new Date(run.created).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })}`)}`;
    this.checkpoint.replaceChildren(h('option', { value: '' }, concept.defaultStep ? `${concept.pinned ? 'chosen' : 'newest'} (step ${concept.defaultStep})` : 'newest'),
      ...runs.flatMap((run, i) => [...run.checkpoints].reverse().map(checkpoint => h('option', { value: `${run.id}:${checkpoint.step}` },
        `step ${checkpoint.step}${runs.length > 1 ? `, ${name(run, i)}` : ''}${checkpoint.label ? ` (${checkpoint.label})` : ''}`))));
    this.#choose(chosen);
  }

  /** Chooses a checkpoint that is there. */
  #choose(checkpoint) {
    this.checkpoint.value = [...this.checkpoint.options].some(option => option.value === checkpoint) ? checkpoint : '';
  }

  /** Puts a drawing's settings back, each as it was resolved then; says which of them is not there any more. */
  async use(settings) {
    await this.ready;
    this.prompt.replace(settings.prompt);
    this.options.use(settings);
    const checkpoint = `${settings.checkpoint ?? ''}`, there = new Set(this.#concept.photos.map(photo => photo.id));
    this.#choose(checkpoint);
    const references = (settings.references ?? []).filter(photo => there.has(photo));
    this.#again = { shown: this.prompt.value, prompt: settings.prompt, references };
    this.#refer(references[0]);
    const gone = [
      checkpoint && this.checkpoint.value !== checkpoint && `step ${checkpoint.split(':').at(-1)} that it was drawn with`,
      references.length < (settings.references ?? []).length && 'a photo that it was drawn by',
    ].filter(Boolean).join(' and ');
    this.note.textContent = gone ? `The picture cannot become the same: ${gone} ${gone.includes(' and ') ? 'are' : 'is'} not there any more.` : '';
    this.note.hidden = !gone;
    this.prompt.element.focus();
    this.element.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth', block: 'start' });
  }

  /** Of several objects the prompt names each by its number. */
  #several(objects) {
    this.prompt.value = `a photo of ${objects.map((_, k) => `a <${k + 1}>`).join(' and ')}`;
    this.warningWords.textContent = `Write ${objects.map((object, k) => `<${k + 1}> for the ${object.initWord}`).join(', ')}: without, the picture knows nothing of them.`;
    this.warningButton.hidden = this.ideas.hidden = true;
  }

  #check() {
    if (!this.button) return;
    const text = this.prompt.value, several = this.#concept?.objects.length > 1;
    const named = several ? this.#concept.objects.some((_, k) => text.includes(`<${k + 1}>`) || text.includes(`S${k + 1}*`)) : this.prompt.hasObject;
    this.button.disabled = text === '';
    this.put.hidden = named || several;
    this.warning.hidden = named || text === '';
  }

  #recall(event) {
    if (event.key !== 'ArrowUp' || event.isComposing || this.#history.length === 0) return;
    event.preventDefault();
    this.#historyAt = this.#historyAt <= 0 ? this.#history.length - 1 : this.#historyAt - 1;
    this.prompt.replace(this.#history[this.#historyAt]);
  }

  async #draw() {
    if (this.button.disabled || !this.#concept) return;
    if (!this.options.valid()) return;
    const reference = this.#reference, again = this.#again;
    const request = {
      ...this.options.values(),
      concept: this.#concept.id,
      prompt: again?.shown === this.prompt.value ? again.prompt : this.prompt.value,
      checkpoint: this.checkpoint.value || undefined,
      references: again?.references?.length ? again.references : reference && reference !== this.#concept.photos[0]?.id ? [reference] : undefined,
    };
    this.problem.hide();
    this.button.disabled = true;
    try {
      if (this.#history.at(-1) !== request.prompt) this.#history.push(request.prompt);
      this.#historyAt = -1;
      this.#keep();
      this.options.remember((await this.ondraw(request)).sampling);
    } catch (error) {
      this.problem.show(error);
    }
    this.button.disabled = false;
  }
}
