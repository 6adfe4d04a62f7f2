/** An answer that is no success, in words. */
export class ProblemError extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? problem?.title ?? inWords(status));
    this.status = status;
    this.code = problem?.code;
    this.field = problem?.field;
    this.photos = problem?.photos;
  }
}

function inWords(status) {
  if (status === 0) return 'The server cannot be reached. Is it running?';
  if (status === 429) return 'Too many requests at once. Please wait a moment.';
  if (status === 503) return 'The platform is starting or busy. Please try again in a moment.';
  return `The server answered ${status}.`;
}

const wait = ms => new Promise(resolve => setTimeout(resolve, ms));

/** A name for one command: repeated under it, it is done once. */
export const commandKey = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`.replace('.', '');

/** What came, or why nothing did. */
function read(status, text, path) {
  let body = null;
  try { body = text ? JSON.parse(text) : null; } catch { /* not ours: its status says enough */ }
  if (status >= 200 && status < 300) return body;
  if (status === 401 && path !== '/login') window.dispatchEvent(new Event('vico-signed-out'));
  throw new ProblemError(status, body);
}

/** One request. A POST carries an Idempotency-Key, so that it may be repeated when its answer is lost. */
async function call(method, path, { json, keepalive } = {}) {
  const headers = { Accept: 'application/json' };
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  if (method === 'POST') headers['Idempotency-Key'] = commandKey();
  for (let attempt = 1; ; attempt++) {
    let response;
    try {
      response = await fetch(path, { method, headers, keepalive, body: json !== undefined ? JSON.stringify(json) : undefined });
    } catch {
      if (attempt < 3) { await wait(800 * attempt); continue; }
      throw new ProblemError(0);
    }
    if (response.status === 503 && attempt < 4) {
      await wait(1000 * (Number(response.headers.get('Retry-After')) || 2));
      continue;
    }
    return read(response.status, await response.text(), path);
  }
}

const silence = 30_000;

/** Sends a form once, and says how much of it has gone. A connection that stands still for half a minute is given up. */
function send(path, form, key, onprogress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let watch;
    const alive = () => { clearTimeout(watch); watch = setTimeout(() => request.abort(), silence); };
    request.open('POST', path);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Idempotency-Key', key);
    request.upload.onprogress = event => { alive(); onprogress(event.total ? event.loaded / event.total : 0); };
    request.onload = () => { try { resolve(read(request.status, request.responseText, path)); } catch (error) { reject(error); } };
    request.onerror = request.onabort = () => reject(new ProblemError(0));
    request.onloadend = () => clearTimeout(watch);
    signal?.addEventListener('abort', () => request.abort());
    alive();
    request.send(form);
  });
}

/** Every page of a list. */
async function all(path, name) {
  const found = [];
  for (let cursor = ''; ;) {
    const page = await call('GET', path + cursor);
    found.push(...page[name]);
    if (!page.next) return found;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

let options;

export const api = {
  /** What trainings and drawings may be told: { model, training, sampling }. Asked again until a base model is known. */
  options: () => options ??= call('GET', '/options').then(
    answer => { if (!answer.model) options = undefined; return answer; },
    error => { options = undefined; throw error; }),
  session: () => call('GET', '/session'),
  login: key => call('POST', '/login', { json: { key } }),
  logout: () => call('POST', '/logout'),
  concepts: async () => {
    const asked = performance.now();
    return (await all('/concepts?limit=200', 'concepts')).map(concept => ({ ...concept, asked }));
  },
  /** A concept, and when it was asked for: what happened here later it may not know. */
  concept: async id => {
    const asked = performance.now();
    return { ...await call('GET', `/concepts/${id}`), asked };
  },
  createConcept: (name, initWord) => call('POST', '/concepts', { json: { name, initWord } }),
  /** Changes what is given: `{ name, initWord }`; the word only before the first training. */
  changeConcept: (id, change) => call('PATCH', `/concepts/${id}`, { json: change }),
  deleteConcept: id => call('DELETE', `/concepts/${id}`),
  /** Whether a photo is there; its id is the beginning of its bytes' SHA-256. */
  hasPhoto: async (conceptId, photoId) => {
    const answer = await fetch(`/concepts/${conceptId}/photos/${photoId}`, { method: 'HEAD' }).catch(() => { throw new ProblemError(0); });
    return answer.ok;
  },
  addPhoto: (conceptId, { file, object, key }, onprogress, signal) => {
    const form = new FormData();
    form.append('photos', file, file.name || 'pasted.png');
    return send(`/concepts/${conceptId}/photos?object=${object}`, form, key, onprogress, signal);
  },
  removePhoto: (conceptId, photoId) => call('DELETE', `/concepts/${conceptId}/photos/${photoId}`, { keepalive: true }),
  train: (conceptId, settings) => call('POST', `/concepts/${conceptId}/trainings`, { json: settings }),
  models: async () => (await call('GET', '/models')).models,
  /** How a base model reads a text: { tokens, maxTokens, advice }. */
  tokens: (model, text) => call('GET', `/models/${encodeURIComponent(model)}/tokens?text=${encodeURIComponent(text)}`),
  draw: request => call('POST', '/images', { json: request }),
  /** One page: { jobs, next }. */
  jobs: (query, cursor) => call('GET', `/jobs?${query}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`),
  runs: id => all(`/concepts/${id}/runs?limit=200`, 'runs'),
  labelRun: (id, run, label) => call('PATCH', `/concepts/${id}/runs/${run}`, { json: { label } }),
  deleteRun: (id, run) => call('DELETE', `/concepts/${id}/runs/${run}`),
  labelCheckpoint: (id, { run, step }, label) => call('PATCH', `/concepts/${id}/runs/${run}/checkpoints/${step}`, { json: { label } }),
  deleteCheckpoint: (id, { run, step }) => call('DELETE', `/concepts/${id}/runs/${run}/checkpoints/${step}`),
  /** The checkpoint to draw with where nothing else is said: {run}:{step}. */
  chooseDefault: (id, checkpoint) => call('PATCH', `/concepts/${id}`, { json: { default: checkpoint } }),
  job: id => call('GET', `/jobs/${id}`),
  /** Where a waiting job stands: { ahead, wait: { least, most } }. */
  place: id => call('GET', `/jobs/${id}/explain`),
  cancel: id => call('POST', `/jobs/${id}/cancel`),
  events: (id, after) => call('GET', `/jobs/${id}/events?after=${after}&limit=1000`),
};
