import { api } from './api.js';
import { ConceptPage } from './concept.js';
import { connectionBack, h, icon } from './dom.js';
import { drafts } from './drafts.js';
import { Live } from './live.js';
import { Shelf } from './shelf.js';
import { signIn } from './signin.js';
import { title } from './title.js';

const main = document.getElementById('main');
const nav = document.getElementById('concepts');
const shelf = new Shelf(nav);
const live = new Live();
let page = null;
let concepts = [];
let trainings = new Map();
let signedIn = false;
const kept = new Map();                 // pages left with photos or words that are not up yet, by concept; '' is the new one

live.addEventListener('state', ({ detail }) => {
  const dot = document.getElementById('connection');
  dot.dataset.state = detail;
  dot.querySelector('b').textContent = { live: 'Live', reconnecting: 'Reconnecting…', idle: '' }[detail];
  if (detail !== 'live') return;
  connectionBack();
  window.dispatchEvent(new Event('vico-back'));
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
  await page?.photos.flush();
  await api.logout().catch(() => {});
  signedOut();
});
addEventListener('online', connectionBack);
window.addEventListener('vico-signed-out', () => { if (signedIn) signedOut(); });

function signedOut() {
  signedIn = false;
  for (const one of [page, ...kept.values()]) one?.close();
  kept.clear();
  page = null;
  live.stop();
  drafts.forget();
  nav.hidden = true;
  for (const id of ['who', 'sign-out']) document.getElementById(id).hidden = true;
  title.page('');
  signIn(main, start);
}

async function start() {
  try {
    const session = await api.session();
    signedIn = true;
    const who = document.getElementById('who');
    who.replaceChildren(h('b', {}, session.tenant ?? 'No tenant'), ' ', h('small', {}, session.role));
    who.title = `Signed in as ${session.role} of ${session.tenant ?? 'no tenant'}`;
    for (const id of ['who', 'sign-out']) document.getElementById(id).hidden = false;
    if (!session.tenant) {
      away('No objects here', 'This key is for the installation and belongs to no tenant. Sign out, and in again with the key of a tenant.');
      return;
    }
    live.start();
    await readLists();
    nav.hidden = false;
    await route();
  } catch (error) {
    if (error.status === 401) signedOut();
    else away('Not there', error.message, h('button', { class: 'primary', onclick: start }, 'Try again'));
  }
}

function away(title, text, button) {
  main.replaceChildren(h('div', { class: 'away' }, h('h1', {}, title), h('p', {}, text), button));
}

async function readLists() {
  const [list, ...pages] = await Promise.all([api.concepts(), api.jobs('kind=training&limit=100'), api.jobs('kind=training&state=queued,running&limit=200')]);
  concepts = list;
  trainings = new Map(pages.flatMap(page => page.jobs).map(job => [job.id, job]));
  listConcepts();
}

function listConcepts() {
  shelf.show(concepts, trainings, page?.id ?? null);
}

let turning = 0;

/** Turns to the page that the address names. A page is shown when it is whole: nothing on it jumps. */
async function route() {
  if (!signedIn) return;
  const turn = ++turning;
  const [, kind, id] = location.hash.split('/');
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  if (kind === 'c' && id) {
    if (page?.id === id) { listConcepts(); return; }
    const concept = concepts.find(one => one.id === id) ?? await api.concept(id).catch(nullIfGone);
    if (turn !== turning) return;
    if (!concept) { location.hash = '#/'; return; }
    const next = kept.get(id) ?? newPage();
    main.setAttribute('aria-busy', 'true');
    try {
      if (kept.has(id)) await next.refresh(concept); else await next.open(concept);
    } finally {
      main.removeAttribute('aria-busy');
    }
    if (turn !== turning) { if (next !== page && !kept.has(id)) next.close(); return; }
    turnTo(next, id);
    title.page(concept.name);
    next.tellProgress();
    return;
  }
  if (kind !== 'new' && concepts.length) { location.replace(`#/c/${concepts[0].id}`); return; }
  const next = kept.get('') ?? newPage();
  if (!kept.has('')) next.begin();
  turnTo(next, '');
  title.page('New object');
  next.focus();
}

const newPage = () => new ConceptPage({
  live,
  onchange: (concept, from) => {
    if (concept && from === page && !location.hash.endsWith(concept.id)) {
      history.replaceState(null, '', `#/c/${concept.id}`);
      title.page(concept.name);
    }
    if (concept) take(concept);
    else concepts = concepts.filter(one => one.id !== from.id);
    listConcepts();
  },
});

/** Shows a page. What the one before has not brought up yet goes on, and is there when somebody comes back. */
function turnTo(next, key) {
  if (page && page !== next) {
    if (page.unsaved) kept.set(page.id ?? '', page); else page.close();
  }
  kept.delete(key);
  page = next;
  main.replaceChildren(page.element);
  listConcepts();
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
  else if (what === 'concept' && how === 'deleted') {
    concepts = concepts.filter(one => one.id !== id);
    if (page?.id === id) page.gone();
    listConcepts();
  }
  else if (how === 'deleted' && what === 'job') page?.jobs.drop(id);
  else if (how === 'deleted' && what === 'image') page?.jobs.dropPicture(id);
  else if (what === 'concept' || what === 'run') stale.concepts.add(concept);
  else if (what === 'job' && how === 'created') stale.jobs.add(id);
  else if (what === 'job' && how === 'changed' && trainings.has(id)) {
    Object.assign(trainings.get(id), { state: change.state, step: change.step, steps: change.steps });
    listConcepts();
  }
  // What is under way the page hears from its log.
  if (concept && concept === page?.id && what !== 'image' && (how !== 'changed' || (what === 'job' && change.state !== 'running'))) stale.page = true;
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
