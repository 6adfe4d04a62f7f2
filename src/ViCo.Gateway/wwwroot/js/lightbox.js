import { h, icon, promptText } from './dom.js';
import { madeWith } from './options.js';

/**
 * A picture in full, with how it was made; ← → walk through the request's pictures.
 * @param about `{ references(ids), checkpoint(name) }`: photos and a checkpoint in words, or null where they are gone.
 */
export function openLightbox({ job, imageId, opener, about, onuse }) {
  const images = [...job.images].sort((a, b) => a.index - b.index);
  let at = images.findIndex(image => image.id === imageId);
  const full = h('img', { alt: '' }), facts = h('dl', { class: 'facts' });
  const step = by => { at = (at + by + images.length) % images.length; show(); };
  const download = h('a', { class: 'button' }, icon('download'), 'Download');
  const use = () => {
    dialog.close();
    onuse({ ...job.settings, seed: images[at].seed, count: 1 });
  };
  const dialog = h('dialog', { class: 'lightbox', 'aria-label': 'Picture' },
    h('form', { method: 'dialog' }, h('button', { class: 'icon close', 'aria-label': 'Close' }, icon('close'))),
    h('figure', {}, h('button', { type: 'button', class: 'icon', 'aria-label': 'Previous picture', hidden: images.length < 2, onclick: () => step(-1) }, icon('left')), full,
      h('button', { type: 'button', class: 'icon', 'aria-label': 'Next picture', hidden: images.length < 2, onclick: () => step(1) }, icon('right'))),
    h('div', { class: 'about' }, h('p', { class: 'said' }, promptText(job.prompt)), facts,
      h('div', { class: 'row' }, h('button', { type: 'button', class: 'quiet', onclick: use }, icon('again'), 'Use these settings'), download)));
  const show = () => {
    const image = images[at];
    full.src = `/images/${image.id}`;
    full.alt = `${job.prompt} — picture ${at + 1} of ${images.length}`;
    download.href = `/images/${image.id}`;
    download.download = `${image.id}.png`;
    madeWith({ ...job.settings, seed: image.seed }).then(made => {
      if (images[at] !== image) return;
      facts.replaceChildren(...[['Picture', `${at + 1} of ${images.length}`], ...made,
        ['Checkpoint', about.checkpoint(job.settings?.checkpoint)], ['Drawn by', about.references(job.settings?.references)],
        ['Drawn', job.submitted.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })]]
        .filter(([, value]) => value)
        .map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
    });
  };
  dialog.addEventListener('keydown', event => {
    if (event.key === 'ArrowLeft') step(-1);
    if (event.key === 'ArrowRight') step(1);
  });
  dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close(); });
  // Whoever walked on stands by the picture that was seen last.
  dialog.addEventListener('close', () => {
    dialog.remove();
    (document.querySelector(`.tile[data-image="${images[at].id}"] .open`) ?? opener).focus();
  });
  document.body.append(dialog);
  show();
  dialog.showModal();
}
