import { h, icon } from './dom.js';
import { keyed } from './keyed.js';
import { picture, small } from './picture.js';

/** The concepts at the side, each with how far it is. */
export class Shelf {
  constructor(nav) {
    this.fresh = h('a', { class: 'new', href: '#/new' }, icon('plus'), h('span', {}, 'New object'));
    this.list = h('ul');
    nav.replaceChildren(this.fresh, this.list);
  }

  /** @param trainings The newest trainings by job id. @param open Id of the concept that is open. */
  show(concepts, trainings, open) {
    this.trainings = trainings;
    mark(this.fresh, !open && location.hash === '#/new');
    keyed(this.list, concepts, concept => concept.id, () => entry(this));
    for (const item of this.list.children) mark(item.firstChild, item.dataset.key === open);
  }
}

function mark(link, current) {
  if (current) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
}

function entry(shelf) {
  const link = h('a'), face = h('span', { class: 'face' }), name = h('b'), state = h('small');
  let shown = null;
  link.append(face, h('span', { class: 'who' }, name, state));
  const item = h('li', {}, link);
  item.show = concept => {
    link.href = `#/c/${concept.id}`;
    if (name.textContent !== concept.name) name.textContent = concept.name;
    const photo = concept.photos[0]?.url ?? '';
    if (photo !== shown) face.replaceChildren(photo ? picture(small(photo, 96), { alt: '', width: 42, height: 42 }) : h('span', { class: 'no-photo' }, icon('image')));
    shown = photo;
    const [kind, words] = stateOf(concept, shelf.trainings.get(concept.trainingJob));
    state.dataset.state = kind;
    if (state.textContent !== words) state.textContent = words;
  };
  return item;
}

function stateOf(concept, training) {
  if (training?.state === 'queued') return ['running', 'waiting'];
  if (training?.state === 'running') return ['running', `learning ${Math.floor(100 * training.step / (training.steps || Infinity))} %`];
  const state = concept.checkpoints.length ? 'ready' : training?.state === 'failed' ? 'failed' : 'draft';
  return [state, state];
}
