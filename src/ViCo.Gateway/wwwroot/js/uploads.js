import { api, commandKey } from './api.js';

const longestPause = 15_000;

/** Whatever has photos that are not up yet. */
const busy = new Set();

addEventListener('beforeunload', event => { if (busy.size) event.preventDefault(); });
addEventListener('online', () => busy.forEach(uploads => uploads.wake()));
addEventListener('vico-back', () => busy.forEach(uploads => uploads.wake()));

/**
 * Brings photos to a concept one after the other, for their order is that of the references. Where the connection breaks it waits and goes
 * on by itself; a photo that is there already costs a header.
 */
export class Uploads {
  #cards = [];
  #concept = null;
  #sending = false;
  #pause = 1000;
  #timer = 0;
  #stop = null;

  /** @param onchange Called when a card has changed. */
  constructor(onchange) {
    this.onchange = onchange;
  }

  /** @param concept Where what waits goes, from now on. */
  start(concept) {
    this.#concept = concept;
    for (const card of this.#cards) if (card.state === 'kept') card.state = 'waiting';
    this.#next();
  }

  /** @param card `{ file, object }`; becomes `state`, `progress`, and at the end `photo` or `reason`. */
  add(card) {
    Object.assign(card, { state: this.#concept ? 'waiting' : 'kept', progress: 0, key: commandKey() });
    this.#cards.push(card);
    this.#next();
  }

  drop(card) {
    this.#cards = this.#cards.filter(other => other !== card);
    if (card.state === 'sending') this.#stop?.abort();
    this.#next();
  }

  /** Tries again at once. */
  wake() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#next();
  }

  /** How much is up: `{ done, all, share }`; null when nothing waits. */
  get progress() {
    if (this.#cards.length === 0 || !this.#concept) return null;
    const bytes = this.#cards.reduce((sum, card) => sum + card.file.size, 0) + this.#sent;
    const gone = this.#cards.reduce((sum, card) => sum + card.file.size * card.progress, 0) + this.#sent;
    return { done: this.#done, all: this.#done + this.#cards.length, share: bytes ? gone / bytes : 0 };
  }

  #done = 0;
  #sent = 0;

  async #next() {
    if (this.#cards.length) busy.add(this); else { busy.delete(this); this.#done = this.#sent = 0; }
    const card = this.#cards[0];
    if (!this.#concept || !card || this.#sending || this.#timer) { this.onchange(); return; }
    this.#sending = true;
    card.state = 'sending';
    card.began ??= performance.now();
    this.onchange();
    const over = await this.#send(card);
    this.#sending = false;
    if (over) {
      this.#cards = this.#cards.filter(other => other !== card);
      this.#done++;
      this.#sent += card.file.size;
      this.#pause = 1000;
    } else if (this.#cards.includes(card)) {
      card.progress = 0;
      this.#timer = setTimeout(() => this.wake(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, longestPause);
    }
    this.#next();
  }

  /** Whether the photo has its verdict. */
  async #send(card) {
    this.#stop = new AbortController();
    try {
      card.hash ??= await hashOf(card.file);
      const photo = await this.#find(card.hash) ?? (await api.addPhoto(this.#concept.id, card, share => {
        card.progress = share;
        this.onchange();
      }, this.#stop.signal)).photos[0];
      Object.assign(card, { photo, state: photo.warnings.length ? 'warned' : 'accepted', reason: photo.warnings.join(' ') || null, since: performance.now() });
      return true;
    } catch (error) {
      const later = error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500 || error.code === 'request_in_flight';
      Object.assign(card, { state: later ? 'stalled' : 'rejected', reason: later ? null : error.message });
      return !later;
    }
  }

  /** A photo that the concept has already. */
  async #find(hash) {
    if (!hash || !await api.hasPhoto(this.#concept.id, hash)) return null;
    return (await api.concept(this.#concept.id)).photos.find(photo => photo.id === hash) ?? null;
  }
}

/** What the gateway calls a photo: the first 16 bytes of its SHA-256. Browsers count it on safe origins alone; null elsewhere. */
async function hashOf(file) {
  if (!globalThis.crypto?.subtle) return null;
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  return [...bytes.slice(0, 16)].map(byte => byte.toString(16).padStart(2, '0')).join('');
}
