// openapi-typescript's types and openapi-fetch: the whole flow against a live server, with nothing but what the document says.
import createClient from 'openapi-fetch';
import { readFile } from 'node:fs/promises';
import type { components, paths } from './schema';

const [vico, key, photos] = [process.env.VICO!, process.env.KEY!, process.env.PHOTOS!];
const api = createClient<paths>({ baseUrl: vico, headers: { Authorization: `Bearer ${key}` } });
type Job = components['schemas']['JobView'];
type Event = components['schemas']['JobEvent'];

function given<T>(answer: { data?: T; error?: unknown; response: Response }, status: number): T {
  if (answer.response.status !== status) throw new Error(`${answer.response.url} answered ${answer.response.status}: ${JSON.stringify(answer.error)}`);
  return answer.data as T;
}

async function ended(job: string): Promise<{ job: Job; events: Event[] }> {
  const events: Event[] = [];
  for (let tries = 0; tries < 600; tries++) {
    const after = events.at(-1)?.seq ?? 0;
    const page = given(await api.GET('/jobs/{job}/events', { params: { path: { job }, query: { after, limit: 200 } } }), 200);
    if (typeof page === 'string') throw new Error('a stream came where a page was asked for');
    events.push(...page.events);
    if (page.ended && (events.at(-1)?.seq ?? 0) >= page.lastSeq) return { job: given(await api.GET('/jobs/{job}', { params: { path: { job } } }), 200), events };
    await new Promise(done => setTimeout(done, 50));
  }
  throw new Error(`${job} does not end`);
}

async function main() {
  const concept = given(await api.POST('/concepts', {
    params: { header: { 'Idempotency-Key': `flow-${Date.now()}` } }, body: { name: 'Teapot', initWord: 'teapot', tags: ['fetch'] },
  }), 201).id;

  const files: Blob[] = [];
  for (const name of ['1.png', '2.png']) files.push(new File([await readFile(`${photos}/${name}`)], name, { type: 'image/png' }));
  const uploaded = given(await api.POST('/concepts/{concept}/photos', {
    params: { path: { concept } },
    body: { photos: files as unknown as string[] },       // a file is a binary string to these types
    bodySerializer: ({ photos: all }) => {
      const form = new FormData();
      for (const file of all as unknown as File[]) form.append('photos', file);
      return form;
    },
  }), 200);

  const training = await ended(given(await api.POST('/concepts/{concept}/trainings', { params: { path: { concept } }, body: { steps: 3 } }), 202).id);
  const steps = training.events.map(event => event.data).filter(data => data.type === 'step').map(data => data.loss);

  const refused = await api.POST('/images', { body: { concept, prompt: '', guidance: 200 } });
  const code = refused.error?.code;
  const bad = Object.keys(refused.error?.errors ?? {}).sort();

  const drawing = await ended(given(await api.POST('/images', { body: { concept, prompt: 'a photo of *', count: 2, samplingSteps: 1, sampler: 'euler' } }), 202).id);
  const image = drawing.job.images[0]!;
  const picture = await given(await api.GET('/images/{image}', { params: { path: { image } }, parseAs: 'arrayBuffer' }), 200) as unknown as ArrayBuffer;
  const page = given(await api.GET('/images', { params: { query: { concept, limit: 1 } } }), 200);
  const next = given(await api.GET('/images', { params: { query: { concept, limit: 1, cursor: page.next! } } }), 200);
  const removed = await api.DELETE('/concepts/{concept}', { params: { path: { concept } } });
  const gone = await api.GET('/concepts/{concept}', { params: { path: { concept } } });

  console.log(JSON.stringify({
    photos: uploaded.photos.length, trained: training.job.state, steps: steps.length, code, bad, images: drawing.job.images.length,
    png: Buffer.from(picture.slice(1, 4)).toString(), pages: [page.images.length, next.images.length], removed: removed.response.status, gone: gone.error?.code,
  }));
}

main().catch(error => { console.error(error); process.exitCode = 1; });
