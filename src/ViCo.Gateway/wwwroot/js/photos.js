import { api } from './api.js';
import { announce, h, icon } from './dom.js';
import { keyed } from './keyed.js';
import { picture, small } from './picture.js';
import { Uploads } from './uploads.js';

const undoTime = 10_000;

/** What a photo must have been looked at for, to be called good. */
const looks = ['blur', 'exposure', 'near-duplicate'];

/** The drop zone and a card per photo, each with its own verdict. Photos wait here until the concept exists, then go up. */
export class Photos {
  #cards = [];
  #concept = null;
  #count = 0;
  #building = true;
  #gone = new Map();                    // photos removed here, and when

  constructor(onchange) {
    this.onchange = onchange;
    this.uploads = new Uploads(() => { this.#uploaded(); });
    this.input = h('input', { type: 'file', id: 'photo-input', accept: 'image/png,image/jpeg,image/webp', multiple: true, class: 'unseen', tabIndex: -1,
      'aria-label': 'Photos', onchange: () => { this.add([...this.input.files]); this.input.value = ''; } });
    this.drop = h('button', { type: 'button', class: 'drop', onclick: () => this.input.click() },
      icon('image'), h('b', {}, 'Drop photos', h('span', {}, ' here')), h('small', {}, 'or click to choose, or paste'));
    this.dropCell = h('li', {}, this.drop);
    this.grid = h('ul', { class: 'photo-grid', 'aria-label': 'Photos' });
    this.counter = h('p', { class: 'counter' });
    this.note = h('p', { class: 'hint', hidden: true });
    this.shown = h('select', {});
    this.choice = h('label', { class: 'row', hidden: true }, 'New photos show ', this.shown);
    this.element = h('div', { class: 'photos' }, this.input, this.choice, this.grid, this.note, this.counter);
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
    addEventListener('pagehide', this.#leave);
    this.#building = false;
    this.#render();
  }

  /** What can be learned from. */
  get good() { return this.#cards.filter(card => card.photo && !card.removed).length; }

  /** Whether photos are on their way. */
  get waiting() { return this.#cards.some(card => ['waiting', 'sending', 'stalled'].includes(card.state)); }

  /** Whether photos would be lost with the page. */
  get unsent() { return this.#cards.some(card => !card.photo && card.state !== 'rejected'); }

  get any() { return this.#cards.length; }

  /** The concept as the server has it: what waits goes up now, what is gone there goes here. */
  attach(concept) {
    this.#concept = concept;
    this.choice.hidden = concept.objects.length < 2;
    if (this.shown.options.length === 0) this.shown.append(...concept.objects.map((object, k) => h('option', { value: `${k + 1}` }, `${k + 1}: ${object.initWord}`)));
    for (const photo of concept.photos) {
      // One of them may be a photo whose answer is still to come.
      const card = this.#cards.find(one => one.photo?.id === photo.id || (one.file && one.hash === photo.id));
      if (card) { if (card.photo) card.photo = photo; }
      else if (!(this.#gone.get(photo.id) > (concept.asked ?? 0)))
        this.#cards.push({ id: `${++this.#count}`, name: photo.name, photo, since: 0, seen: concept.asked, state: photo.warnings.length ? 'warned' : 'accepted', reason: photo.warnings.join(' ') || null });
    }
    const there = new Set(concept.photos.map(photo => photo.id));
    this.#cards = this.#cards.filter(card => !card.photo || there.has(card.photo.id) || card.since > (concept.asked ?? 0));
    this.#render();
    this.uploads.start(concept);
  }

  paste(event) {
    const files = [...(event.clipboardData?.files ?? [])].filter(file => file.type.startsWith('image/'));
    if (files.length) { event.preventDefault(); this.add(files); }
  }

  add(files) {
    this.note.hidden = true;
    for (const file of files) {
      const card = { id: `${++this.#count}`, name: file.name || 'pasted picture', file, object: this.shown.value || '1', url: URL.createObjectURL(file) };
      this.#cards.push(card);
      this.uploads.add(card);
    }
    this.#render();
  }

  /** Removes for good what was taken away here. */
  async flush() {
    await Promise.all(this.#cards.filter(card => card.removed).map(card => this.#finish(card)));
  }

  close() {
    removeEventListener('pagehide', this.#leave);
    this.flush();
    for (const card of this.#cards) if (card.url) URL.revokeObjectURL(card.url);
  }

  #leave = () => { this.flush(); };

  /** After a card's upload: what is there twice is left out, in words. */
  #uploaded() {
    for (const card of this.#cards.filter(one => one.photo && one.file)) {
      const twin = this.#cards.find(other => other !== card && other.photo?.id === card.photo.id);
      card.file = null;
      if (!twin) continue;
      if (twin.seen > card.began) {                      // itself: a list knew it before its own answer came
        this.#cards = this.#cards.filter(other => other !== twin);
        continue;
      }
      this.#cards = this.#cards.filter(other => other !== card);
      const words = `${card.name} is the same picture as ${twin.name} and was left out.`;
      this.note.textContent = [this.note.hidden ? '' : this.note.textContent, words].join(' ').trim();
      this.note.hidden = false;
      announce(words);
    }
    for (const card of this.#cards.filter(one => one.state === 'rejected' && one.file)) {
      card.file = null;
      announce(`${card.name} was not accepted: ${card.reason}`);
    }
    this.#render();
  }

  /** A photo that is up goes after a while in which it can be brought back; any other at once. */
  #remove(card, element) {
    if (!card.photo) {
      this.uploads.drop(card);
      this.#forget(card, element);
      return;
    }
    card.removed = true;
    this.#render();
    const undo = element.querySelector('.undo');
    undo.focus();
    announce(`${card.name} is removed. Undo brings it back.`);
    const later = () => {
      if (!card.removed) return;
      if (element.contains(document.activeElement)) setTimeout(later, undoTime);      // nobody is hurried who is still there
      else this.#finish(card);
    };
    setTimeout(later, undoTime);
  }

  #restore(card, element) {
    card.removed = false;
    this.#render();
    element.querySelector('.remove').focus();
    announce(`${card.name} is back.`);
  }

  async #finish(card) {
    card.removed = false;
    const concept = this.#concept;
    this.#cards = this.#cards.filter(other => other !== card);
    this.#gone.set(card.photo.id, performance.now());
    this.#render();
    try {
      await api.removePhoto(concept.id, card.photo.id);
      this.#gone.set(card.photo.id, performance.now());
    } catch (error) {
      if (error.status === 404) return;
      this.#gone.delete(card.photo.id);
      card.reason = error.message;
      this.#cards.push(card);
      this.#render();
    }
  }

  #forget(card, element) {
    const had = element.contains(document.activeElement), at = [...this.grid.children].indexOf(element);
    this.#cards = this.#cards.filter(other => other !== card);
    this.#render();
    if (had) (this.grid.children[at]?.querySelector('.remove') ?? this.drop).focus();
  }

  #render() {
    if (this.#building) return;
    this.dropCell.className = this.#cards.length ? 'drop-cell' : 'drop-cell alone';
    keyed(this.grid, [...this.#cards, null], card => card?.id ?? 'drop', card => card ? this.#card(card) : this.dropCell);
    const good = this.good, up = this.uploads.progress;
    this.counter.textContent = up ? `Uploading ${Math.min(up.done + 1, up.all)} of ${up.all} · ${Math.floor(100 * up.share)} %`
      : good === 0 ? '4 to 7 photos of the one object work best: different angles, different backgrounds.'
      : `${good} ${good === 1 ? 'photo' : 'photos'}${good < 4 ? ' · 4 to 7 work best' : good <= 7 ? ' · a good number' : ' · 4 to 7 are enough'}`;
    this.onchange?.();
  }

  #card(card) {
    const image = picture(card.url ?? small(card.photo.url, 256), { alt: card.name, title: card.name });
    const words = h('span'), mark = h('span', { class: 'mark' }), reason = h('p', { class: 'reason' });
    const bar = h('progress', { max: 1, 'aria-label': `Upload of ${card.name}` });
    const remove = h('button', { type: 'button', class: 'remove icon', 'aria-label': `Remove ${card.name}`, title: 'Remove', onclick: () => this.#remove(card, element) }, icon('close'));
    const undo = h('button', { type: 'button', class: 'undo quiet small', 'aria-label': `Undo: bring back ${card.name}`, onclick: () => this.#restore(card, element) }, icon('again'), 'Undo');
    const retry = h('button', { type: 'button', class: 'quiet small', onclick: () => this.uploads.wake() }, 'Try now');
    const element = h('li', { class: 'photo' }, h('figure', {}, icon('image'), image, bar, remove, undo),
      h('p', { class: 'verdict' }, mark, words), reason, retry);
    let shown = null;
    element.show = () => {
      const state = card.removed ? 'removed' : card.state;
      element.dataset.state = state;
      remove.hidden = card.removed;
      undo.hidden = !card.removed;
      retry.hidden = state !== 'stalled';
      bar.hidden = state !== 'sending';
      bar.value = card.progress ?? 0;
      const said = this.#words(card, state);
      if (words.textContent !== said) words.textContent = said;
      reason.textContent = card.removed ? '' : card.reason ?? '';
      reason.hidden = !reason.textContent;
      if (shown === state) return;
      shown = state;
      mark.replaceChildren(state === 'accepted' ? icon('check') : state === 'sending' || state === 'waiting' ? h('i', { class: 'spin', 'aria-hidden': 'true' })
        : state === 'warned' || state === 'rejected' || state === 'stalled' ? icon('warn') : '');
    };
    return element;
  }

  #words(card, state) {
    const words = {
      kept: 'goes up once it has a name and a word', waiting: 'waiting', stalled: 'waits for the connection and goes on by itself',
      sending: card.progress > 0 && card.progress < 1 ? `${Math.floor(100 * card.progress)} %` : card.progress === 1 ? 'checking…' : 'sending…',
      accepted: looks.every(look => card.photo?.checks?.includes(look)) ? 'looks good' : 'readable', warned: 'usable', rejected: 'not usable', removed: 'removed',
    }[state];
    return card.photo && this.#concept.objects.length > 1 ? `${card.photo.object}: ${words}` : words;
  }
}
