import { api } from './api.js';
import { announce, ask, h, icon, promptLine, promptText } from './dom.js';
import { duration } from './job.js';
import { openLightbox } from './lightbox.js';
import { picture, small } from './picture.js';

/** All pictures of a concept, a row per request, newest first. Tiles keep their place from the first moment on. */
export class Gallery {
  #rows = new Map();

  /** @param about Words for checkpoints and reference photos, as the lightbox wants them. */
  constructor({ onuse, oncancelall, about }) {
    this.onuse = onuse;
    this.about = about;
    this.list = h('div', { class: 'rows' });
    this.cancelAll = h('button', { type: 'button', class: 'quiet small', id: 'cancel-drawings', hidden: true, onclick: () => this.#cancelAll(oncancelall) }, 'Cancel all');
    this.moreButton = h('button', { type: 'button', class: 'quiet', id: 'more-pictures', hidden: true }, 'More');
    this.element = h('section', { class: 'gallery', 'aria-labelledby': 'gallery-title', hidden: true },
      h('div', { class: 'row spread' }, h('h2', { id: 'gallery-title' }, 'Pictures'), this.cancelAll), this.list, this.moreButton);
  }

  /** Offers older pictures; null: there are none. */
  more(read) {
    this.moreButton.hidden = !read;
    this.moreButton.onclick = async () => {
      this.moreButton.disabled = true;
      await read().catch(() => {});
      this.moreButton.disabled = false;
    };
  }

  /** Shows a sampling job, or what became of it since. */
  show(job) {
    let row = this.#rows.get(job.id);
    if (!row) {
      row = this.#row(job);
      this.#rows.set(job.id, row);
      const after = [...this.#rows.values()].filter(other => other.submitted > row.submitted).sort((a, b) => a.submitted - b.submitted)[0];
      if (after) after.element.after(row.element); else this.list.prepend(row.element);
      this.element.hidden = false;
    }
    this.#fill(row, job);
    this.#offerCancel();
  }

  /** A request is gone. */
  remove(jobId) {
    this.#rows.get(jobId)?.element.remove();
    this.#rows.delete(jobId);
    this.element.hidden = this.#rows.size === 0;
    this.#offerCancel();
  }

  /** Says how long a request has yet to wait, in words. */
  place(jobId, words) {
    const row = this.#rows.get(jobId);
    if (row && row.job.state === 'queued') row.note.textContent = words;
  }

  #offerCancel() {
    this.cancelAll.hidden = [...this.#rows.values()].filter(row => !row.job.over).length < 2;
  }

  async #cancelAll(act) {
    if (!await ask('Cancel every drawing of this object?', 'Those that wait are not begun, and those under way stop at their next step. Finished pictures stay.', 'Cancel all', 'Go on')) return;
    const count = await act();
    announce(`${count} ${count === 1 ? 'drawing is' : 'drawings are'} cancelled.`);
  }

  #row(job) {
    const row = { submitted: job.submitted, job };
    row.note = h('span', { class: 'note' });
    row.cancel = h('button', { type: 'button', class: 'quiet small', 'aria-label': `Cancel: ${promptLine(job.prompt)}`, onclick: () => api.cancel(job.id).catch(() => {}) }, 'Cancel');
    row.use = h('button', { type: 'button', class: 'quiet small', 'aria-label': `Use these settings: ${promptLine(job.prompt)}`, onclick: () => this.onuse(row.job.settings) }, icon('again'), 'Use these settings');
    row.bar = h('div', { class: 'bar thin', role: 'progressbar', 'aria-label': 'Drawing', 'aria-valuemin': '0' }, h('i', {}));
    row.tiles = h('ul', { class: 'tiles' });
    row.element = h('article', { class: 'request' },
      h('header', {}, h('p', { class: 'said' }, promptText(job.prompt)), row.note, row.use, row.cancel), row.bar, row.tiles);
    return row;
  }

  #fill(row, job) {
    const before = row.said;
    row.job = job;
    const failed = job.state === 'failed';
    row.cancel.hidden = job.over;
    row.use.hidden = !job.over || failed || !job.settings;
    row.bar.hidden = job.over;
    row.bar.classList.toggle('waiting', job.state === 'queued' || job.step === 0);
    row.bar.firstChild.style.width = job.steps ? `${100 * job.step / job.steps}%` : '0';
    row.bar.setAttribute('aria-valuemax', job.steps ?? 0);
    row.bar.setAttribute('aria-valuenow', job.step);
    row.said = {
      queued: 'waiting for a free device', running: job.steps ? `step ${job.step} of ${job.steps}` : 'starting',
      succeeded: job.started && job.ended ? `${time(job.submitted)} · ${duration((job.ended - job.started) / 1000)}` : time(job.submitted),
      failed: 'could not be drawn', canceled: 'cancelled',
    }[job.state];
    if (row.said !== before) row.note.textContent = row.said;

    const images = [...job.images].sort((a, b) => a.index - b.index);
    // A place for each picture while it is drawn; afterwards those that are there.
    const places = job.over ? [...images.map(image => ['ready', image]), ...failed ? [['failed', null]] : []]
      : Array.from({ length: Math.max(job.expected, images.length ? images.at(-1).index + 1 : 0) }, (_, index) => {
        const image = images.find(one => one.index === index) ?? null;
        return [image ? 'ready' : 'waiting', image];
      });
    while (row.tiles.children.length > places.length) row.tiles.lastChild.remove();
    places.forEach(([state, image], index) => {
      const old = row.tiles.children[index];
      if (old?.dataset.state === state && old.dataset.image === (image?.id ?? '')) return;
      const tile = this.#tile(row, job, image, state);
      if (old) old.replaceWith(tile); else row.tiles.append(tile);
    });
    row.tiles.hidden = places.length === 0;
  }

  #tile(row, job, image, state) {
    if (state === 'failed') {
      return h('li', { class: 'tile', dataset: { state, image: '' } }, h('div', { class: 'sorry' }, icon('warn'), h('p', {}, job.error ?? 'The picture could not be drawn.'),
        h('button', { type: 'button', class: 'quiet small', onclick: () => this.onuse(job.settings) }, icon('again'), 'Try again')));
    }
    if (!image) return h('li', { class: 'tile', dataset: { state, image: '' } }, h('div', { class: 'empty' }));
    const shown = picture(small(`/images/${image.id}`, 512), { alt: `${job.prompt} — picture ${image.index + 1}`, onload: () => shown.classList.add('shown') });
    return h('li', { class: 'tile', dataset: { state, image: image.id } },
      h('button', { type: 'button', class: 'open', 'aria-label': `Open picture ${image.index + 1}`,
        onclick: event => openLightbox({ job: row.job, imageId: image.id, opener: event.currentTarget, about: this.about, onuse: this.onuse }) }, shown),
      image.warnings.length ? h('p', { class: 'reason' }, image.warnings.join(' ')) : null);
  }
}

const time = date => date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
