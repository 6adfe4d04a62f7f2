import { api } from './api.js';
import { announce, h, icon } from './dom.js';

/** The drop zone and a card per photo. Photos wait here until the concept exists, then go up one by one, each with its own verdict. */
export class Photos {
  #cards = [];
  #concept = null;
  #sending = false;

  constructor(onchange) {
    this.onchange = onchange;
    this.input = h('input', { type: 'file', id: 'photo-input', accept: 'image/png,image/jpeg,image/webp', multiple: true, class: 'unseen', tabIndex: -1,
      'aria-label': 'Photos', onchange: () => { this.add([...this.input.files]); this.input.value = ''; } });
    this.drop = h('button', { type: 'button', class: 'drop', onclick: () => this.input.click() },
      icon('image'), h('b', {}, 'Drop photos', h('span', {}, ' here')), h('small', {}, 'or click to choose, or paste'));
    this.grid = h('ul', { class: 'photo-grid', 'aria-label': 'Photos' });
    this.counter = h('p', { class: 'counter' });
    this.shown = h('select', {});
    this.choice = h('label', { class: 'row', hidden: true }, 'New photos show ', this.shown);
    this.element = h('div', { class: 'photos' }, this.input, this.choice, this.grid, this.counter);
    for (const kind of ['dragenter', 'dragover']) this.element.addEventListener(kind, event => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      this.element.classList.add('over');
    });
    this.element.addEventListener('dragleave', event => {
      if (!this.element.contains(event.relatedTarget)) this.element.classList.remove('over');
    });
    this.element.addEventListener('drop', event => {
      event.preventDefault();
      this.element.classList.remove('over');
      this.add([...event.dataTransfer.files]);
    });
    this.#render();
  }

  /** What can be learned from. */
  get good() { return this.#cards.filter(card => card.photo).length; }

  get waiting() { return this.#cards.some(card => card.state === 'waiting' || card.state === 'sending'); }

  get any() { return this.#cards.length; }

  /** The concept that owns the photos; what waits goes up now. */
  attach(concept) {
    this.#concept = concept;
    this.choice.hidden = concept.objects.length < 2;
    if (this.shown.options.length === 0) this.shown.append(...concept.objects.map((object, k) => h('option', { value: `${k + 1}` }, `${k + 1}: ${object.initWord}`)));
    for (const photo of concept.photos) {
      if (!this.#cards.some(card => card.photo?.id === photo.id)) this.#cards.push(accepted({}, photo));
    }
    this.#cards = this.#cards.filter(card => !card.photo || card.fresh || concept.photos.some(photo => photo.id === card.photo.id));
    this.#render();
    this.#send();
  }

  paste(event) {
    const files = [...(event.clipboardData?.files ?? [])].filter(file => file.type.startsWith('image/'));
    if (files.length) { event.preventDefault(); this.add(files); }
  }

  add(files) {
    for (const file of files) this.#cards.push({ name: file.name || 'pasted picture', file, object: this.shown.value || '1', url: URL.createObjectURL(file), state: 'waiting' });
    this.#render();
    this.#send();
  }

  async #send() {
    if (!this.#concept) return;
    const card = this.#cards.find(one => one.state === 'waiting');
    if (!card || this.#sending) return;
    this.#sending = true;                               // one after the other: their order is the order of the references
    card.state = 'sending';
    this.#render();
    await this.#sendOne(card);
    this.#sending = false;
    this.#render();
    this.#send();
  }

  async #sendOne(card) {
    try {
      const { photos: [photo] } = await api.addPhoto(this.#concept.id, card.file, card.object);
      const twin = this.#cards.find(other => other !== card && other.photo?.id === photo.id);
      if (twin) {
        this.#cards = this.#cards.filter(other => other !== card);
        announce(`${card.name} is the same picture as ${twin.name}.`);
        return;
      }
      accepted(card, photo).fresh = true;
    } catch (error) {
      card.state = 'rejected';
      card.reason = error.message;
      announce(`${card.name} was not accepted: ${error.message}`);
    }
  }

  async #remove(card) {
    const at = this.#cards.indexOf(card);
    if (card.photo) {
      try { await api.removePhoto(this.#concept.id, card.photo.id); }
      catch (error) { card.reason = error.message; this.#render(); return; }
    }
    this.#cards = this.#cards.filter(other => other !== card);
    this.#render();
    (this.grid.querySelectorAll('.remove')[at] ?? this.drop).focus();
  }

  #render() {
    this.grid.replaceChildren(...this.#cards.map(card => this.#card(card)), h('li', { class: this.#cards.length ? 'drop-cell' : 'drop-cell alone' }, this.drop));
    const good = this.good;
    this.counter.textContent = good === 0
      ? '4 to 7 photos of the one object work best: different angles, different backgrounds.'
      : `${good} ${good === 1 ? 'photo' : 'photos'}${good < 4 ? ' · 4 to 7 work best' : good <= 7 ? ' · a good number' : ' · 4 to 7 are enough'}`;
    this.onchange?.();
  }

  #card(card) {
    const words = { waiting: 'waiting', sending: 'checking…', accepted: 'looks good', warned: 'usable', rejected: 'not usable' }[card.state];
    return h('li', { class: 'photo', dataset: { state: card.state } },
      h('figure', {},
        icon('image'),
        h('img', { src: card.photo?.url ?? card.url, alt: card.name, title: card.name, onerror: event => event.target.classList.add('broken') }),
        h('button', { type: 'button', class: 'remove icon', 'aria-label': `Remove ${card.name}`, onclick: () => this.#remove(card) }, icon('close'))),
      h('p', { class: 'verdict' }, card.state === 'accepted' ? icon('check') : card.state === 'sending' || card.state === 'waiting' ? h('i', { class: 'spin', 'aria-hidden': 'true' }) : icon('warn'),
        h('span', {}, card.photo && this.#concept.objects.length > 1 ? `${card.photo.object}: ${words}` : words)),
      card.reason && h('p', { class: 'reason' }, card.reason));
  }
}

function accepted(card, photo) {
  if (card.url) URL.revokeObjectURL(card.url);
  return Object.assign(card, {
    name: photo.name, photo, url: null, file: null, state: photo.warnings.length ? 'warned' : 'accepted', reason: photo.warnings.join(' ') || null,
  });
}
