import { api } from './api.js';
import { h, ProblemLine } from './dom.js';

/** The words that a new object begins with: its name, and what it is. */
export class Naming {
  #asking = 0;

  /** @param onname Called when a word is done. @param ontype Called at every letter. */
  constructor({ onname, ontype }) {
    this.name = h('input', { id: 'name', type: 'text', maxlength: 80, autocomplete: 'off', placeholder: 'My teapot', required: true });
    this.word = h('input', { id: 'init-word', type: 'text', maxlength: 40, autocomplete: 'off', autocapitalize: 'none', spellcheck: false, placeholder: 'teapot', required: true });
    this.problem = new ProblemLine();
    this.advice = h('p', { class: 'hint warn', role: 'status', hidden: true });
    const go = event => { event?.preventDefault(); onname(); };
    this.children = [h('h1', {}, 'Teach it an object'),
      h('p', { class: 'lead' }, 'A handful of photos is enough. Say what kind of thing it is in one word; the model starts from there and learns what makes yours yours.'),
      h('form', { class: 'fields naming', onsubmit: go },
        h('label', {}, 'Its name', this.name), h('label', {}, 'What it is, in one word', this.word)), this.advice, this.problem.element];
    this.name.addEventListener('change', go);
    this.word.addEventListener('change', go);
    this.word.addEventListener('input', () => { ontype(); this.#advise(); });
    this.name.addEventListener('input', ontype);
  }

  /** What was typed, or null while something is missing. */
  get words() {
    const name = this.name.value.trim(), word = this.word.value.trim();
    return name && word ? { name, word } : null;
  }

  /** Whether something was typed. */
  get begun() { return Boolean(this.name.value.trim() || this.word.value.trim()); }

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
}
