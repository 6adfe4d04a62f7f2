import { api } from './api.js';
import { ConceptPage } from './concept.js';
import { h, icon } from './dom.js';
import { Live } from './live.js';
import { signIn } from './signin.js';

const main = document.getElementById('main');
const nav = document.getElementById('concepts');
const live = new Live();
let page = null;
let concepts = [];
let trainings = new Map();
let signedIn = false;

live.addEventListener('state', ({ detail }) => {
  const dot = document.getElementById('connection');
  dot.dataset.state = detail;
  dot.querySelector('b').textContent = { live: 'Live', reconnecting: 'Reconnecting…', idle: '' }[detail];
});
live.addEventListener('back', ({ detail: gap }) => {
  if (gap < 5000) return;
  const banner = document.getElementById('banner');
  banner.textContent = 'Reconnected; everything missed has been caught up.';
  banner.hidden = false;
  setTimeout(() => { banner.hidden = true; }, 5000);
});

function themed() {
  const dark = (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  document.getElementById('theme').replaceChildren(icon(dark ? 'sun' : 'moon'));
  return dark;
}
document.getElementById('theme').addEventListener('click', () => {
  const next = themed() ? 'light' : 'dark';
  document.documentElement.dataset.theme = next;
  localStorage.setItem('vico-theme', next);
  themed();
});
document.getElementById('sign-out').addEventListener('click', async () => {
  await api.logout().catch(() => {});
  signedOut();
});
window.addEventListener('vico-signed-out', () => { if (signedIn) signedOut(); });

function signedOut() {
  signedIn = false;
  page?.close();
  page = null;
  live.stop();
  nav.hidden = true;
  document.getElementById('sign-out').hidden = true;
  signIn(main, start);
}

async function start() {
  try {
    await api.session();
  } catch (error) {
    if (error.status === 401) { signedOut(); return; }
    main.replaceChildren(h('div', { class: 'away' }, h('h1', {}, 'Not there'), h('p', {}, error.message), h('button', { class: 'primary', onclick: start }, 'Try again')));
    return;
  }
  signedIn = true;
  document.getElementById('sign-out').hidden = false;
  nav.hidden = false;
  live.start();
  await readLists();
  await route();
}

async function readLists() {
  const [list, page] = await Promise.all([api.concepts(), api.jobs('kind=training&limit=100')]);
  concepts = list;
  trainings = new Map(page.jobs.map(job => [job.id, job]));
  listConcepts();
}

function listConcepts() {
  const open = page?.id ?? null;
  nav.replaceChildren(
    h('a', { class: 'new', href: '#/new', 'aria-current': location.hash === '#/new' && !open ? 'page' : null }, icon('plus'), h('span', {}, 'New object')),
    h('ul', {}, concepts.map(concept => {
      const training = trainings.get(concept.trainingJob);
      const running = training && (training.state === 'running' || training.state === 'queued');
      const state = running ? training.state === 'queued' ? 'waiting' : `learning ${Math.floor(100 * training.step / (training.steps || Infinity))} %`
        : concept.checkpoints.length ? 'ready' : training?.state === 'failed' ? 'failed' : 'draft';
      return h('li', {}, h('a', { href: `#/c/${concept.id}`, 'aria-current': concept.id === open ? 'page' : null },
        concept.photos.length ? h('img', { src: concept.photos[0].url, alt: '' }) : h('span', { class: 'no-photo' }, icon('image')),
        h('span', { class: 'who' }, h('b', {}, concept.name), h('small', { dataset: { state: running ? 'running' : state } }, state))));
    })));
}

async function route() {
  if (!signedIn) return;
  const [, kind, id] = location.hash.split('/');
  if (kind === 'c' && id) {
    if (page?.id === id) { listConcepts(); return; }
    const concept = concepts.find(one => one.id === id) ?? await api.concept(id).catch(() => null);
    if (!concept) { location.hash = '#/'; return; }
    turnTo(newPage());
    document.title = `${concept.name} · ViCo studio`;
    listConcepts();
    await page.open(concept).catch(showError);
    listConcepts();
    return;
  }
  if (kind !== 'new' && concepts.length) { location.replace(`#/c/${concepts[0].id}`); return; }
  turnTo(newPage());
  document.title = 'New object · ViCo studio';
  page.begin();
  listConcepts();
}

const newPage = () => new ConceptPage({
  live,
  onchange: concept => {
    if (concept && !location.hash.endsWith(concept.id)) history.replaceState(null, '', `#/c/${concept.id}`);
    const at = concepts.findIndex(one => one.id === concept?.id);
    if (concept && at >= 0) concepts[at] = concept;
    if (!concept) concepts = concepts.filter(one => one.id !== page?.id);
    listConcepts();
  },
});

function turnTo(next) {
  page?.close();
  page = next;
  main.replaceChildren(page.element);
  scrollTo(0, 0);
}

function showError(error) {
  main.prepend(h('p', { class: 'problem', role: 'alert' }, error.message));
}

/** What is to be read anew. */
let stale = fresh();
let soon = 0;
let catching = false;

function fresh() { return { all: false, concepts: new Set(), jobs: new Set(), page: false }; }

/** What happened, here or elsewhere: another tab, the command line, another person of the same tenant. */
live.addEventListener('change', ({ detail: change }) => {
  const { what, how, id, concept } = change;
  if (what === 'all') stale.all = true;
  else if (what === 'concept' && how === 'deleted') { concepts = concepts.filter(one => one.id !== id); listConcepts(); }
  else if (what === 'concept' || what === 'run') stale.concepts.add(concept);
  else if (what === 'job' && how === 'created') stale.jobs.add(id);
  else if (what === 'job' && how === 'changed' && trainings.has(id)) {
    Object.assign(trainings.get(id), { state: change.state, step: change.step, steps: change.steps });
    listConcepts();
  }
  // What is under way the page hears from its log.
  if (concept === page?.id && (how !== 'changed' || (what === 'job' && change.state !== 'running'))) stale.page = true;
  soon ||= setTimeout(catchUp, 250);
});

/** Reads what has changed, once for all that came together; nothing while nobody looks. */
async function catchUp() {
  clearTimeout(soon);
  soon = 0;
  if (!signedIn || catching || document.hidden) return;
  catching = true;
  const { all, concepts: changed, jobs, page: pageToo } = stale;
  stale = fresh();
  try {
    if (all) await readLists();
    else {
      for (const id of changed) take(await api.concept(id).catch(nullIfGone));
      for (const id of jobs) {
        const job = await api.job(id).catch(nullIfGone);
        if (job?.kind === 'training') trainings.set(id, job);
      }
      if (changed.size || jobs.size) listConcepts();
    }
    if (page?.id && (all || pageToo || changed.has(page.id))) await page.refresh(concepts.find(one => one.id === page.id));
  } catch {
    // Shown by the connection's dot.
    stale.all = true;
    soon ||= setTimeout(catchUp, 5000);
  }
  catching = false;
  if (stale.all || stale.page || stale.concepts.size || stale.jobs.size) soon ||= setTimeout(catchUp, 250);
}

function take(concept) {
  if (!concept) return;
  const at = concepts.findIndex(one => one.id === concept.id);
  if (at >= 0) concepts[at] = concept; else concepts.unshift(concept);
}

function nullIfGone(error) {
  if (error.status !== 404) throw error;
  return null;
}

addEventListener('hashchange', () => route().catch(showError));
document.addEventListener('visibilitychange', catchUp);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', themed);
themed();
start();
