import { api } from './api.js';
import { describe, h, icon, mergingInput } from './dom.js';
import { PromptBox } from './prompt.js';

const ideas = ['a photo of * on the beach', 'a photo of * in the snow', 'a photo of * on a wooden table', 'a painting of * in a garden'];

/** From prompt to request: the prompt, how many, which seed, and what experts turn. */
export class Draw {
  #concept = null;
  #history = [];
  #historyAt = -1;
  #models = null;
  #spacingNames = [];

  constructor({ ondraw }) {
    this.ondraw = ondraw;
    this.prompt = new PromptBox({ onchange: () => this.#check(), onsubmit: () => this.#draw() });
    this.prompt.element.addEventListener('keydown', event => this.#recall(event));
    this.count = h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'Pictures' },
      [1, 2, 4, 8].map(n => h('label', {}, h('input', { type: 'radio', name: 'count', value: `${n}`, checked: n === 4 }), h('span', {}, `${n}`))));
    this.seed = h('input', { type: 'number', id: 'seed', step: 1, inputmode: 'numeric' });
    this.vary = h('button', { type: 'button', class: 'icon', 'aria-label': 'Another seed', title: 'Another seed',
      onclick: () => { this.seed.value = crypto.getRandomValues(new Uint32Array(1))[0] % 1000000; } }, icon('dice'));
    this.steps = h('input', { type: 'number', step: 1, placeholder: 'the model’s own' });
    this.guidance = h('input', { type: 'number', step: 0.5, placeholder: 'the model’s own' });
    this.imageGuidance = h('input', { type: 'number', step: 0.5, placeholder: 'the model’s own' });
    this.sampler = h('select', { id: 'sampler', onchange: () => this.#spacings() }, h('option', { value: '' }, 'the model’s own'));
    this.spacing = h('select', { id: 'spacing' });
    this.#spacings();
    this.merging = mergingInput();
    this.width = h('select', { id: 'width' }, h('option', { value: '' }, 'the model’s own'));
    this.height = h('select', { id: 'height' }, h('option', { value: '' }, 'the model’s own'));
    this.negative = h('input', { type: 'text', placeholder: 'what should not be there' });
    api.options().then(({ sampling }) => this.#describe(sampling)).catch(() => {});
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
      h('form', { onsubmit: event => { event.preventDefault(); this.#draw(); } },
        h('div', { class: 'composer' }, this.prompt.element,
          this.put, this.button),
        this.warning,
        this.ideas = h('div', { class: 'ideas', 'aria-label': 'Ideas' }, ideas.map(idea =>
          h('button', { type: 'button', class: 'idea', onclick: () => { this.prompt.value = idea; } }, idea.replace('a photo of *', 'S★').replace('a painting of *', 'a painting of S★')))),
        h('div', { class: 'row knobs' },
          h('div', { class: 'knob' }, h('span', { class: 'label' }, 'Pictures'), this.count),
          h('div', { class: 'knob' }, h('label', { for: 'seed' }, 'Seed'), h('span', { class: 'joined' }, this.seed, this.vary))),
        h('details', { class: 'advanced' }, h('summary', {}, 'Advanced'),
          h('div', { class: 'fields' },
            h('label', {}, 'Sampling steps', this.steps), h('label', {}, 'Guidance', this.guidance), h('label', {}, 'Image guidance', this.imageGuidance),
            h('label', {}, 'Sampler', this.sampler), h('label', {}, 'Timesteps', this.spacing),
            h('label', {}, 'Width', this.width), h('label', {}, 'Height', this.height), h('label', {}, 'Token merging', this.merging),
            h('label', {}, 'Checkpoint', this.checkpoint), h('label', { class: 'wide' }, 'Not in the picture', this.negative),
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
    this.#readSizes();
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
    this.seed.value = settings.seed;
    this.steps.value = settings.samplingSteps ?? '';
    this.guidance.value = settings.guidance ?? '';
    this.imageGuidance.value = settings.imageGuidance ?? '';
    this.negative.value = settings.negativePrompt ?? '';
    this.merging.value = settings.tokenMerging ?? '';
    for (const side of ['width', 'height']) this[side].value = settings[side] ?? '';
    this.sampler.value = settings.sampler ?? '';
    this.#spacings(settings.spacing ?? '');
    this.#choose(`${settings.checkpoint ?? ''}`);
    for (const choice of this.count.querySelectorAll('input')) choice.checked = choice.value === `${settings.count}` || choice.checked;
    for (const choice of this.references.querySelectorAll('input')) choice.checked = choice.value === (settings.references?.[0] ?? this.#concept.photos[0]?.id);
    this.prompt.element.focus();
    this.element.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth', block: 'start' });
  }

  #describe(options) {
    describe(options, {
      seed: this.seed, samplingSteps: this.steps, guidance: this.guidance, imageGuidance: this.imageGuidance, sampler: this.sampler,
      tokenMerging: this.merging, negativePrompt: this.negative,
    });
    const option = name => options.find(one => one.name === name);
    this.seed.value ||= option('seed').default;
    this.#spacingNames = option('spacing').choices.map(choice => choice.value);
    this.#spacings();
  }

  /** The spacings that the chosen sampler knows, the wanted one chosen if it is among them. */
  #spacings(wanted = this.spacing.value) {
    const known = this.#spacingNames.filter(name => name !== 'karras' || ['dpmpp-2m', 'euler', 'euler-a'].includes(this.sampler.value));
    this.spacing.replaceChildren(h('option', { value: '' }, 'the model’s own'), ...known.map(name => h('option', { value: name }, name)));
    this.spacing.value = known.includes(wanted) ? wanted : '';
  }

  /** Sizes that every worker's model draws, whichever side goes with which. Asked again until a worker is there. */
  async #readSizes() {
    if (this.#models) return;
    this.#models = [];
    const models = await api.models().catch(() => []);
    this.#models = models.length ? models : null;
    if (!this.#models) return;
    const [{ imageSize, sizeMultiple, maxPixels }] = models;
    const sides = [];
    for (let side = sizeMultiple; side * side <= maxPixels; side += sizeMultiple) {
      if (side * 2 >= imageSize && models.every(model => side % model.sizeMultiple === 0 && side * side <= model.maxPixels)) sides.push(side);
    }
    for (const select of [this.width, this.height]) select.append(...sides.map(side => h('option', { value: `${side}` }, `${side} px`)));
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
    const number = input => input.value === '' ? undefined : Number(input.value);
    const reference = this.references.querySelector('input:checked')?.value;
    const request = {
      concept: this.#concept.id,
      prompt: this.prompt.value,
      count: Number(this.count.querySelector('input:checked').value),
      seed: number(this.seed),
      samplingSteps: number(this.steps),
      guidance: number(this.guidance),
      imageGuidance: number(this.imageGuidance),
      sampler: this.sampler.value || undefined,
      spacing: this.spacing.value || undefined,
      width: number(this.width),
      height: number(this.height),
      tokenMerging: number(this.merging),
      negativePrompt: this.negative.value.trim() || undefined,
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
