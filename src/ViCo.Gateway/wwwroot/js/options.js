import { api } from './api.js';
import { h, icon } from './dom.js';

const open = 'the model’s own';

/** What holds where nothing is said; null: nobody here knows. */
const fallback = option => option.modelDefault ?? (option.fromModel ? null : option.default);

const words = value => Array.isArray(value) ? value.join(', ') : value === true ? 'yes' : value === false ? 'no' : `${value}`;

/** A word of a choice as people read it: its meaning, and the word itself where the meaning does not say it. */
function choiceWords({ value, meaning }) {
  const plain = text => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  return plain(meaning).includes(plain(value)) ? meaning : `${meaning} (${value})`;
}

/** The fields for one option: { element, read, write, … }. What is read is undefined where nothing is said. */
const makers = {
  integer: numberField,
  number: numberField,
  text: option => textField(option, { maxLength: option.most, placeholder: option.default ?? '' }, text => text),
  integerList: option => textField(option, { inputmode: 'numeric', pattern: '\\s*\\d+(\\s*,\\s*\\d+)*\\s*', placeholder: words(fallback(option) ?? open) },
    text => text.split(',').map(Number)),
  textList: option => textField(option, {}, text => text.split(',').map(word => word.trim()).filter(Boolean)),
  choice: option => selectField(option, option.choices.map(choice => ({ ...choice, words: choiceWords(choice) }))),
  switch: option => {
    const input = h('input', { type: 'checkbox' });
    const usual = fallback(option) ?? false;
    return labelled(option, input, {
      read: () => input.checked === usual ? undefined : input.checked,
      write: value => { input.checked = value ?? usual; },
    });
  },
};

function numberField(option) {
  if (option.byLot && option.upfront) return lotField(option);
  if (option.suggested.length) return option.upfront ? segments(option) : selectField(option, option.suggested.map(value => ({ value, words: words(value) })), Number);
  const input = h('input', { type: 'number', min: option.least, max: option.most, step: option.kind === 'integer' ? option.multipleOf ?? 1 : 'any',
    inputmode: option.kind === 'integer' ? 'numeric' : 'decimal', placeholder: words(fallback(option) ?? (option.fromModel ? open : '')) });
  // What stands in sight has a value in it: it can be read off and typed again.
  const start = option.upfront ? `${option.default ?? ''}` : '';
  const usual = option.fromModel ? undefined : option.default;
  return labelled(option, input, {
    read: () => input.value === '' ? undefined : Number(input.value),
    write: value => { input.value = value === undefined || value === null || (!option.upfront && value === usual) ? start : value; },
  }, option.byLot && h('button', { type: 'button', class: 'icon', 'aria-label': `Another ${option.title.toLowerCase()}`, title: `Another ${option.title.toLowerCase()}`,
    onclick: () => { input.value = drawn(option); told(input); } }, icon('dice')));
}

const drawn = option => option.least + crypto.getRandomValues(new Uint32Array(1))[0] % Math.min(1e6, option.most - option.least + 1);

/** A value that a program has put into a field counts as typed. */
const told = input => input.dispatchEvent(new Event('input', { bubbles: true }));

/** A number that is another one each time, until it is kept: typed, or locked as it was last drawn. */
function lotField(option) {
  const name = option.title.toLowerCase();
  const input = h('input', { type: 'number', min: option.least, max: option.most, step: 1, inputmode: 'numeric', placeholder: 'another each time' });
  const lock = h('button', { type: 'button', class: 'icon lock', 'aria-label': `Keep this ${name}`, onclick: () => {
    input.value = input.value === '' ? last ?? drawn(option) : '';
    told(input);
  } });
  let last = null;
  const show = () => {
    const kept = input.value !== '';
    if (lock.getAttribute('aria-pressed') === `${kept}`) return;
    lock.setAttribute('aria-pressed', `${kept}`);
    lock.title = kept ? `This ${name} is kept; press for another each time` : `Another ${name} each time; press to keep the last one`;
    lock.replaceChildren(icon(kept ? 'locked' : 'open'));
  };
  input.addEventListener('input', show);
  show();
  return labelled(option, input, {
    read: () => input.value === '' ? undefined : Number(input.value),
    write: value => { input.value = value ?? ''; show(); },
    remember: value => { last = value; },
  }, lock);
}

function textField(option, properties, parse) {
  const input = h('input', { type: 'text', ...properties });
  return labelled(option, input, {
    read: () => input.value.trim() === '' ? undefined : parse(input.value.trim()),
    write: value => { input.value = value === undefined || value === null || words(value) === words(option.default) ? '' : words(value); },
  });
}

/** A list to choose from; its first line says nothing. */
function selectField(option, choices, parse = value => value) {
  const usual = fallback(option);
  const known = choices.find(choice => choice.value === usual)?.words;
  const lines = choices.filter(choice => option.fromModel || choice.value !== usual).map(choice => ({ choice, line: h('option', { value: `${choice.value}` }, choice.words + unit(option)) }));
  const select = h('select', {}, h('option', { value: '' }, option.fromModel ? known ? `${open}: ${known}${unit(option)}` : open : known ?? ''), ...lines.map(({ line }) => line));
  return labelled(option, select, {
    read: () => select.value === '' ? undefined : parse(select.value),
    write: value => {
      if (value !== undefined && value !== null && value !== usual && !lines.some(({ choice }) => choice.value === value)) {
        const choice = { value, words: words(value) }, line = h('option', { value: `${value}` }, choice.words + unit(option));
        lines.push({ choice, line });
        select.append(line);
      }
      select.value = lines.some(({ choice }) => choice.value === value) ? `${value}` : '';
    },
    /** Only lines that go with what the other fields say can be chosen. */
    fit: goesWith => {
      for (const { choice, line } of lines) line.hidden = line.disabled = Boolean(choice.needs) && !goesWith(choice.needs, false);
      if (!select.selectedOptions[0]?.disabled) return true;
      select.value = '';
      return false;
    },
  });
}

/** A few numbers side by side, one of them pressed. */
function segments(option) {
  const segment = n => h('label', {}, h('input', { type: 'radio', name: option.name, value: `${n}` }), h('span', {}, `${n}`));
  const group = h('div', { class: 'segments', role: 'radiogroup', 'aria-label': option.title }, option.suggested.map(segment));
  const inputs = [...group.querySelectorAll('input')];
  return {
    element: h('div', { class: 'knob', title: option.help }, h('span', { class: 'label' }, option.title), group),
    read: () => Number(inputs.find(input => input.checked)?.value ?? option.default),
    write: value => {
      const wanted = `${value ?? option.default}`;
      if (!inputs.some(input => input.value === wanted)) {
        const more = segment(wanted);
        group.insertBefore(more, inputs.find(input => Number(input.value) > Number(wanted))?.parentElement ?? null);
        inputs.push(more.firstChild);
      }
      for (const input of inputs) input.checked = input.value === wanted;
    },
  };
}

/** A value as people read it. */
function said(option, value) {
  const choice = option.choices.find(one => one.value === value);
  return choice ? choiceWords(choice) : words(value) + unit(option);
}

const unit = option => option.unit ? ` ${option.unit}` : '';

function labelled(option, control, field, beside) {
  control.id = `${option.of}-${option.name}`;
  const label = h('label', { for: control.id }, option.title + (option.unit && control.type === 'number' ? ` (${option.unit})` : ''));
  const help = h('small', { class: 'help', id: `${control.id}-help` }, option.help);
  control.setAttribute('aria-describedby', help.id);
  const box = beside ? h('span', { class: 'joined' }, control, beside) : control;
  return { ...field, control, element: h('div', { class: `${option.upfront ? 'knob' : 'field'}${option.kind === 'text' ? ' wide' : ''}`, title: option.help }, label, box, help) };
}

/** Fields for every option of trainings or of drawings, made from what the gateway says of them. */
export class OptionFields {
  #of;
  #fields = [];
  #known = false;
  #given = {};                          // values put back and not touched since: said again exactly as they were

  /** @param of `training` or `sampling`. */
  constructor(of) {
    this.#of = of;
    this.upfront = h('div', { class: 'row knobs' });
    this.grid = h('div', { class: 'fields options' });
    this.every = h('input', { type: 'checkbox', onchange: () => this.#arrange() });
    this.more = h('div', { class: 'option-form' }, this.grid, h('label', { class: 'tick' }, this.every, 'Every option, and what each does'));
    for (const part of [this.upfront, this.grid]) part.addEventListener('input', event => {
      const touched = this.#fields.find(field => field.element.contains(event.target));
      if (touched) delete this.#given[touched.option.name];
      this.#arrange();
    });
    this.ready = this.refresh();
  }

  /** Asks until the gateway knows a base model's defaults. */
  async refresh() {
    if (this.#known) return;
    const answer = await api.options().catch(() => null);
    if (!answer || this.#known || (this.#fields.length > 0 && !answer.model)) return;
    this.#known = Boolean(answer.model);
    const before = this.values();
    this.#fields = answer[this.#of].map(option => ({ option, ...makers[option.kind]({ ...option, of: this.#of }) }));
    this.upfront.replaceChildren(...this.#fields.filter(field => field.option.upfront).map(field => field.element));
    this.upfront.hidden = this.upfront.children.length === 0;
    this.grid.replaceChildren(...this.#fields.filter(field => !field.option.upfront).map(field => field.element));
    this.use(before);
  }

  /** What the fields say, by the options' names. */
  values() {
    return Object.fromEntries(this.#fields.filter(field => this.#counts(field)).map(field => [field.option.name, this.#value(field)]).filter(([, value]) => value !== undefined && value !== null));
  }

  #value(field) { return field.option.name in this.#given ? this.#given[field.option.name] : field.read(); }

  /** What was drawn by lot last, so that it can be kept. */
  remember(values) {
    for (const field of this.#fields) field.remember?.(values[field.option.name]);
  }

  /** Puts values back exactly, those too that a field cannot show; where there is none the field says nothing. */
  use(values) {
    this.#given = Object.fromEntries(this.#fields.map(({ option: { name } }) => [name, values[name]]).filter(([, value]) => value !== undefined && value !== null));
    for (const field of this.#fields) field.write(values[field.option.name]);
    this.#arrange();
  }

  /** Whether every field's text can be used; otherwise the browser says at the field what is wrong. */
  valid() {
    const wrong = this.#fields.find(field => field.control && !field.element.hidden && !field.control.checkValidity());
    if (!wrong) return true;
    const folded = wrong.control.closest('details');
    if (folded) folded.open = true;
    wrong.control.reportValidity();
    return false;
  }

  #counts({ option }) { return !option.needs || this.#goesWith(option.needs, true); }

  /** @param otherwise What holds where the other option is left to the base model. */
  #goesWith(needs, otherwise) {
    const other = this.#fields.find(field => field.option.name === needs.option);
    const value = (other && this.#value(other)) ?? (other?.option.fromModel ? undefined : other?.option.default);
    return value === undefined ? otherwise : needs.values.includes(value);
  }

  #arrange() {
    for (const field of this.#fields) {
      const fits = field.fit?.((needs, otherwise) => this.#goesWith(needs, otherwise));
      if (fits === false) delete this.#given[field.option.name];
    }
    for (const field of this.#fields) {
      const shown = !field.option.expert || this.every.checked || field.read() !== undefined;
      field.element.hidden = !field.option.upfront && !(shown && this.#counts(field));
    }
    this.more.classList.toggle('every', this.every.checked);
  }
}

/** What a picture was made with, as pairs of words: what forms show at once and base models usually decide, and all else that is off its default. */
export async function madeWith(settings) {
  const { sampling } = await api.options().catch(() => ({ sampling: [] }));
  return sampling.filter(({ name, movesNumbers, fromModel, upfront, default: usual }) =>
    movesNumbers && settings[name] !== undefined && settings[name] !== null && (fromModel || upfront || words(settings[name]) !== words(usual)))
    .map(option => [option.title, said(option, settings[option.name])]);
}
