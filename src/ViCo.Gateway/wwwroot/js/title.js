/** The tab's title: what has ended unseen or how far it has come, then the page. */
class Title {
  #page = '';
  #progress = null;
  #ended = null;

  constructor() {
    for (const sign of ['pointerdown', 'keydown']) addEventListener(sign, () => this.#seen(), { capture: true });
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.#seen(); });
  }

  /** @param name Of the page. */
  page(name) {
    this.#page = name;
    this.#progress = this.#ended = null;
    this.#write();
  }

  /** What goes on, in a word or two; null: nothing. */
  progress(text) {
    if (text === this.#progress) return;
    this.#progress = text;
    this.#write();
  }

  /** Something has ended: it stands there until somebody comes back. */
  ended(text) {
    this.#ended = text;
    this.#write();
  }

  #seen() {
    if (this.#ended === null) return;
    this.#ended = null;
    this.#write();
  }

  #write() {
    document.title = [this.#ended ?? this.#progress, this.#page, 'ViCo studio'].filter(Boolean).join(' · ');
  }
}

export const title = new Title();
