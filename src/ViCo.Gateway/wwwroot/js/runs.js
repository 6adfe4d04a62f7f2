import { api } from './api.js';
import { ask, askFor, h, icon, ProblemLine } from './dom.js';
import { picture } from './picture.js';

/** How many runs are shown at once. */
const page = 20;

/** What was learned of a concept so far: each run with its checkpoints, to name, compare, choose and delete. */
export class Runs {
  #concept = null;
  #runs = [];
  #chosen = new Set();
  #reading = 0;
  #wanted = page;

  constructor() {
    this.list = h('ul', { class: 'run-list' });
    this.problem = new ProblemLine();
    this.compareButton = h('button', { type: 'button', class: 'quiet', id: 'compare', disabled: true, onclick: () => this.#compare() }, 'Compare');
    this.moreButton = h('button', { type: 'button', class: 'quiet', id: 'more-runs', hidden: true, onclick: () => { this.#wanted += page; this.#render(); } }, 'More');
    this.element = h('section', { class: 'panel runs', 'aria-labelledby': 'runs-title', hidden: true },
      h('div', { class: 'row spread' }, h('h2', { id: 'runs-title' }, 'Learned so far'), this.compareButton), this.problem.element, this.list, this.moreButton);
  }

  /** Shows a concept as it is now. */
  async show(concept) {
    this.#concept = concept;
    if (!concept.runs) { this.element.hidden = true; return; }
    const reading = ++this.#reading;
    const runs = await api.runs(concept.id);
    if (reading !== this.#reading) return;
    this.#runs = runs;
    const there = new Set(runs.flatMap(run => run.checkpoints.map(nameOf)));
    this.#chosen = new Set([...this.#chosen].filter(name => there.has(name)));
    this.#render();
  }

  /** A checkpoint in words, or null where it is gone. */
  words(name) {
    for (const run of this.#runs) {
      const checkpoint = run.checkpoints.find(one => nameOf(one) === `${name}`);
      if (checkpoint) return `step ${checkpoint.step}${checkpoint.label ? ` (${checkpoint.label})` : ''} of ${titleOf(run)}`;
    }
    return null;
  }

  #render() {
    const focused = document.activeElement?.dataset?.key;
    this.element.hidden = this.#runs.every(run => run.checkpoints.length === 0);
    this.list.replaceChildren(...this.#runs.slice(0, this.#wanted).map(run => this.#run(run)));
    this.moreButton.hidden = this.#runs.length <= this.#wanted;
    this.compareButton.disabled = this.#chosen.size < 2;
    if (focused) [...this.list.querySelectorAll('[data-key]')].find(one => one.dataset.key === focused)?.focus();
  }

  #run(run) {
    const about = [run.state, run.steps ? `${run.step} of ${run.steps} steps` : null, `${run.photos.length} ${run.photos.length === 1 ? 'photo' : 'photos'}`,
      run.parent ? `from ${run.parent.split(':')[1]} steps of another` : null].filter(Boolean).join(' · ');
    return h('li', {},
      h('div', { class: 'row spread' },
        h('p', {}, h('b', {}, titleOf(run)), ' ', h('small', {}, about)),
        h('div', { class: 'row' },
          this.#button('Name', `Name ${titleOf(run)}`, `n${run.id}`, () => this.#name('run', run.label, label => api.labelRun(this.#concept.id, run.id, label))),
          this.#button(icon('trash'), `Delete ${titleOf(run)}`, `d${run.id}`, () => this.#delete(
            'this run', 'Its checkpoints and its log go with it. Pictures stay.', () => api.deleteRun(this.#concept.id, run.id))))),
      h('div', { class: 'checkpoints' }, run.checkpoints.map(checkpoint => this.#checkpoint(run, checkpoint))));
  }

  #checkpoint(run, checkpoint) {
    const name = nameOf(checkpoint);
    const isDefault = this.#concept.defaultRun === checkpoint.run && this.#concept.defaultStep === checkpoint.step;
    const what = checkpoint.label ?? `Step ${checkpoint.step}`;
    const choice = h('input', { type: 'checkbox', 'aria-label': `Compare ${what} of ${titleOf(run)}`, dataset: { key: `c${name}` } });
    choice.checked = this.#chosen.has(name);
    choice.addEventListener('change', () => {
      this.#chosen[choice.checked ? 'add' : 'delete'](name);
      this.compareButton.disabled = this.#chosen.size < 2;
    });
    return h('figure', { dataset: { default: isDefault } },
      h('label', {}, checkpoint.previewUrl ? picture(checkpoint.previewUrl, { alt: '' }) : h('span', { class: 'no-photo' }, icon('image')), choice),
      h('figcaption', {}, what, isDefault && h('small', {}, this.#concept.pinned ? ' · default, chosen' : ' · default')),
      h('div', { class: 'row' },
        !isDefault && this.#button(icon('check'), `Use ${what} by default`, `u${name}`, () => this.#do(() => api.chooseDefault(this.#concept.id, name))),
        this.#button('Name', `Name ${what}`, `l${name}`, () => this.#name('checkpoint', checkpoint.label, label => api.labelCheckpoint(this.#concept.id, checkpoint, label))),
        this.#button(icon('trash'), `Delete ${what} of ${titleOf(run)}`, `x${name}`, () => this.#delete(
          'this checkpoint', 'It cannot be drawn with any more. Pictures stay.', () => api.deleteCheckpoint(this.#concept.id, checkpoint)))));
  }

  #button(content, label, key, onclick) {
    return h('button', { type: 'button', class: typeof content === 'string' ? 'quiet small' : 'icon', 'aria-label': label, title: label, dataset: { key }, onclick }, content);
  }

  async #name(what, before, save) {
    const label = await askFor(`Name this ${what}`, before ?? '', 80);
    if (label !== null) await this.#do(() => save(label));
  }

  async #delete(what, text, act) {
    if (await ask(`Delete ${what}?`, text, 'Delete')) await this.#do(act);
  }

  /** What changes is heard from the feed like any other change. */
  async #do(act) {
    this.problem.hide();
    try {
      await act();
    } catch (error) {
      this.problem.show(error);
    }
  }

  #compare() {
    const chosen = this.#runs.flatMap(run => run.checkpoints.filter(one => this.#chosen.has(nameOf(one))).map(checkpoint => ({ run, checkpoint })));
    const options = [...new Set(chosen.flatMap(({ run }) => Object.keys(run.options ?? {})))].sort();
    const differ = options.filter(option => new Set(chosen.map(({ run }) => JSON.stringify(run.options?.[option] ?? null))).size > 1);
    const row = (title, cell) => h('tr', {}, h('th', { scope: 'row' }, title), chosen.map(one => h('td', {}, cell(one))));
    const dialog = h('dialog', { class: 'compare', 'aria-labelledby': 'compare-title' },
      h('div', { class: 'row spread' }, h('h2', { id: 'compare-title' }, 'Side by side'),
        h('button', { type: 'button', class: 'icon', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('close'))),
      h('table', {}, h('tbody', {},
        row('Preview', ({ checkpoint }) => checkpoint.previewUrl ? h('img', { src: checkpoint.previewUrl, alt: `Preview at step ${checkpoint.step}` }) : '–'),
        row('Run', ({ run }) => titleOf(run)),
        row('Step', ({ checkpoint }) => `${checkpoint.step}${checkpoint.label ? ` (${checkpoint.label})` : ''}`),
        row('Photos', ({ run }) => `${run.photos.length}`),
        differ.map(option => row(option, ({ run }) => `${run.options?.[option] ?? 'the model’s own'}`)))));
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
}

const nameOf = checkpoint => `${checkpoint.run}:${checkpoint.step}`;

const titleOf = run => run.label ?? `Run of ${new Date(run.created).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })}`;
