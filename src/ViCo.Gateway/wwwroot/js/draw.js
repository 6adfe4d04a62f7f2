import { api } from './api.js';
import { h } from './dom.js';
import { OptionFields } from './options.js';
import { PromptBox } from './prompt.js';

const ideas = ['a photo of * on the beach', 'a photo of * in the snow', 'a photo of * on a wooden table', 'a painting of * in a garden'];

/** From prompt to request: the prompt, how many, which seed, and what experts turn. */
export class Draw {
  #concept = null;
  #history = [];
  #historyAt = -1;

  constructor({ ondraw }) {
    this.ondraw = ondraw;
    this.prompt = new PromptBox({ onchange: () => this.#check(), onsubmit: () => this.#draw() });
    this.prompt.element.addEventListener('keydown', event => this.#recall(event));
    this.options = new OptionFields('sampling');
    this.checkpoint = h('select', { id: 'checkpoint' });
    this.references = h('div', { class: 'references', role: 'radiogroup', 'aria-label': 'Reference photo' });
    this.put = h('button', { type: 'button', class: 'chip-button', title: 'Put the object in', 'aria-label': 'Put S star in', onclick: () => this.prompt.insertObject() }, 'S★');
    this.button = h('button', { type: 'submit', class: 'primary', id: 'draw' }, 'Draw');
    this.problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    this.warningWords = h('span', {}, 'Without S★ the picture knows nothing of your object. ');
    this.warningButton = h('button', { type: 'button', class: 'inline', onclick: () => this.prompt.insertObject() }, 'Put S★ in');
    this.warning = h('p', { class: 'hint warn', hidden: true }, this.warningWords, this.warningButton);
    this.element = h('section', { class: 'panel draw', 'aria-labelledby': 'draw-title', hidden: true },
      h('h2', { id: 'draw-title' }, 'Draw'),
      h('form', { noValidate: true, onsubmit: event => { event.preventDefault(); this.#draw(); } },
        h('div', { class: 'composer' }, this.prompt.element,
          this.put, this.button),
        this.warning,
        this.ideas = h('div', { class: 'ideas', 'aria-label': 'Ideas' }, ideas.map(idea =>
          h('button', { type: 'button', class: 'idea', onclick: () => { this.prompt.value = idea; } }, idea.replace('a photo of *', 'S★').replace('a painting of *', 'a painting of S★')))),
        this.options.upfront,
        h('details', { class: 'advanced' }, h('summary', {}, 'Advanced'), this.options.more,
          h('div', { class: 'fields' }, h('label', {}, 'Checkpoint', this.checkpoint),
            h('div', { class: 'wide' }, h('span', { class: 'label' }, 'Reference photo'), this.references)))),
      this.problem);
    addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !this.element.hidden && this.element.isConnected) this.#draw();
    });
  }

  show(concept) {
    const before = this.#concept;
    this.#concept = concept;
    if (concept.id !== before?.id && concept.objects.length > 1) this.#several(concept.objects);
    this.#check();
    this.options.refresh();
    this.element.hidden = concept.checkpoints.length === 0;
    const marks = of => [...of.checkpoints.map(checkpoint => checkpoint.digest), of.runs, of.defaultRun, of.defaultStep].join();
    if (!before || marks(concept) !== marks(before)) this.#readRuns(concept);
    if (concept.photos.map(photo => photo.id).join() !== before?.photos.map(photo => photo.id).join()) {
      this.references.replaceChildren(...concept.photos.map((photo, i) => h('label', { title: photo.name },
        h('input', { type: 'radio', name: 'reference', value: photo.id, checked: i === 0 }), h('img', { src: photo.url, alt: photo.name }))));
    }
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

  /** Puts earlier settings back. */
  use(settings) {
    this.prompt.value = settings.prompt;
    this.options.use(settings);
    this.#choose(`${settings.checkpoint ?? ''}`);
    for (const choice of this.references.querySelectorAll('input')) choice.checked = choice.value === (settings.references?.[0] ?? this.#concept.photos[0]?.id);
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
    if (event.key !== 'ArrowUp' || this.#history.length === 0) return;
    event.preventDefault();
    this.#historyAt = this.#historyAt <= 0 ? this.#history.length - 1 : this.#historyAt - 1;
    this.prompt.value = this.#history[this.#historyAt];
  }

  async #draw() {
    if (this.button.disabled || !this.#concept) return;
    if (!this.options.valid()) return;
    const reference = this.references.querySelector('input:checked')?.value;
    const request = {
      ...this.options.values(),
      concept: this.#concept.id,
      prompt: this.prompt.value,
      checkpoint: this.checkpoint.value || undefined,
      references: reference && reference !== this.#concept.photos[0]?.id ? [reference] : undefined,
    };
    this.problem.hidden = true;
    this.button.disabled = true;
    try {
      if (this.#history.at(-1) !== request.prompt) this.#history.push(request.prompt);
      this.#historyAt = -1;
      await this.ondraw(request);
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
    }
    this.button.disabled = false;
  }
}
