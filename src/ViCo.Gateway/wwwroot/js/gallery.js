import { api } from './api.js';
import { h, icon, promptText } from './dom.js';
import { duration } from './job.js';
import { madeWith } from './options.js';

/** All pictures of a concept, a row per request, newest first. Tiles keep their place from the first moment on. */
export class Gallery {
  #rows = new Map();

  constructor({ onuse }) {
    this.onuse = onuse;
    this.list = h('div', { class: 'rows' });
    this.element = h('section', { class: 'gallery', 'aria-labelledby': 'gallery-title', hidden: true }, h('h2', { id: 'gallery-title' }, 'Pictures'), this.list);
    this.moreButton = h('button', { type: 'button', class: 'quiet', id: 'more-pictures', hidden: true }, 'More');
    this.element.append(this.moreButton);
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
  }

  clear() {
    this.#rows.clear();
    this.list.replaceChildren();
    this.element.hidden = true;
  }

  #row(job) {
    const row = { submitted: job.submitted, tiles: new Map(), job };
    row.note = h('span', { class: 'note' });
    row.cancel = h('button', { type: 'button', class: 'quiet small', onclick: () => api.cancel(job.id).catch(() => {}) }, 'Cancel');
    row.bar = h('div', { class: 'bar thin', role: 'progressbar', 'aria-label': 'Drawing', 'aria-valuemin': '0' }, h('i', {}));
    row.tiles = h('ul', { class: 'tiles' });
    row.element = h('article', { class: 'request' },
      h('header', {}, h('p', { class: 'said' }, promptText(job.prompt)), row.note, row.cancel), row.bar, row.tiles);
    return row;
  }

  #fill(row, job) {
    row.job = job;
    const failed = job.state === 'failed', canceled = job.state === 'canceled';
    row.cancel.hidden = job.over;
    row.bar.hidden = job.over;
    row.bar.classList.toggle('waiting', job.state === 'queued' || job.step === 0);
    row.bar.firstChild.style.width = job.steps ? `${100 * job.step / job.steps}%` : '0';
    row.bar.setAttribute('aria-valuemax', job.steps ?? 0);
    row.bar.setAttribute('aria-valuenow', job.step);
    row.note.textContent = {
      queued: 'waiting for a free device', running: job.steps ? `step ${job.step} of ${job.steps}` : 'starting',
      succeeded: job.started && job.ended ? `${time(job.submitted)} · ${duration((job.ended - job.started) / 1000)}` : time(job.submitted),
      failed: 'could not be drawn', canceled: 'cancelled',
    }[job.state];

    const images = [...job.images].sort((a, b) => a.index - b.index);
    const places = Math.max(images.length ? images.at(-1).index + 1 : 0, job.over ? 0 : job.expected, failed ? 1 : 0);
    while (row.tiles.children.length > places && places > 0) row.tiles.lastChild.remove();
    for (let index = 0; index < places; index++) {
      const image = images.find(one => one.index === index);
      const state = image ? 'ready' : failed ? 'failed' : canceled ? 'canceled' : 'waiting';
      const old = row.tiles.children[index];
      if (old?.dataset.state === state && old.dataset.image === (image?.id ?? '')) continue;
      const tile = this.#tile(row, job, image, state);
      if (old) old.replaceWith(tile); else row.tiles.append(tile);
    }
    row.tiles.hidden = places === 0;
  }

  #tile(row, job, image, state) {
    if (state === 'failed') {
      return h('li', { class: 'tile', dataset: { state, image: '' } }, h('div', { class: 'sorry' }, icon('warn'), h('p', {}, job.error ?? 'The picture could not be drawn.'),
        h('button', { type: 'button', class: 'quiet small', onclick: () => this.onuse(job.settings) }, icon('again'), 'Try again')));
    }
    if (!image) return h('li', { class: 'tile', dataset: { state, image: '' } }, h('div', { class: 'empty' }));
    const picture = h('img', { src: `/images/${image.id}`, alt: `${row.job.prompt} — picture ${image.index + 1}`, onload: () => picture.classList.add('shown'), decoding: 'async' });
    return h('li', { class: 'tile', dataset: { state, image: image.id } },
      h('button', { type: 'button', class: 'open', 'aria-label': `Open picture ${image.index + 1}`, onclick: event => this.#open(row, image.id, event.currentTarget) }, picture),
      image.warnings.length ? h('p', { class: 'reason' }, image.warnings.join(' ')) : null);
  }

  /** A picture in full, with how it was made; ← → walk through the request's pictures. */
  #open(row, imageId, opener) {
    const job = row.job;
    const images = [...job.images].sort((a, b) => a.index - b.index);
    let at = images.findIndex(image => image.id === imageId);
    const picture = h('img', { alt: '' }), facts = h('dl', { class: 'facts' });
    const step = by => { at = (at + by + images.length) % images.length; show(); };
    const download = h('a', { class: 'button' }, icon('download'), 'Download');
    const dialog = h('dialog', { class: 'lightbox', 'aria-label': 'Picture' },
      h('form', { method: 'dialog' }, h('button', { class: 'icon close', 'aria-label': 'Close' }, icon('close'))),
      h('figure', {}, h('button', { type: 'button', class: 'icon', 'aria-label': 'Previous picture', hidden: images.length < 2, onclick: () => step(-1) }, icon('left')), picture,
        h('button', { type: 'button', class: 'icon', 'aria-label': 'Next picture', hidden: images.length < 2, onclick: () => step(1) }, icon('right'))),
      h('div', { class: 'about' }, h('p', { class: 'said' }, promptText(job.prompt)), facts,
        h('div', { class: 'row' }, h('button', { type: 'button', class: 'quiet', onclick: () => { dialog.close(); this.onuse({ ...job.settings, seed: images[at].seed }); } }, icon('again'), 'Use these settings'), download)));
    const show = () => {
      const image = images[at];
      picture.src = `/images/${image.id}`;
      picture.alt = `${job.prompt} — picture ${at + 1} of ${images.length}`;
      download.href = `/images/${image.id}`;
      download.download = `${image.id}.png`;
      const checkpoint = job.settings?.checkpoint && [['Checkpoint', `step ${`${job.settings.checkpoint}`.split(':').at(-1)}`]];
      madeWith({ ...job.settings, seed: image.seed }).then(made => {
        if (images[at] !== image) return;
        facts.replaceChildren(...[['Picture', `${at + 1} of ${images.length}`], ...made, ...checkpoint ?? [],
          ['Drawn', job.submitted.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })]]
          .map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
      });
    };
    dialog.addEventListener('keydown', event => {
      if (event.key === 'ArrowLeft') step(-1);
      if (event.key === 'ArrowRight') step(1);
    });
    dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener('close', () => { dialog.remove(); opener.focus(); });
    document.body.append(dialog);
    show();
    dialog.showModal();
  }
}

const time = date => date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
