// hey-api's generated functions: the same flow.
import { readFile } from 'node:fs/promises';
import { client } from './hey/client.gen';
import { conceptsCreate, conceptsDelete, conceptsGet, imagesGet, imagesList, imagesSample, jobsEvents, jobsGet, photosUpload, trainingTrain } from './hey/sdk.gen';

const [vico, key, photos] = [process.env.VICO!, process.env.KEY!, process.env.PHOTOS!];
client.setConfig({ baseUrl: vico, auth: key });

async function ended(job: string) {
  for (let tries = 0; tries < 600; tries++) {
    const { data } = await jobsGet({ path: { job }, throwOnError: true });
    if (data.ended) return data;
    await new Promise(done => setTimeout(done, 50));
  }
  throw new Error(`${job} does not end`);
}

async function main() {
  const concept = (await conceptsCreate({ body: { name: 'Teapot', initWord: 'teapot' }, throwOnError: true })).data.id;
  const files: File[] = [];
  for (const name of ['1.png', '2.png']) files.push(new File([await readFile(`${photos}/${name}`)], name, { type: 'image/png' }));
  const uploaded = (await photosUpload({ path: { concept }, body: { photos: files }, throwOnError: true })).data;
  const training = await ended((await trainingTrain({ path: { concept }, body: { steps: 3 }, throwOnError: true })).data.id);
  const events = (await jobsEvents({ path: { job: training.id }, query: { limit: 200 }, throwOnError: true })).data;
  if (!events || typeof events === 'string') throw new Error('a stream came where a page was asked for');
  const steps = events.events.map(event => event.data).filter(data => data.type === 'step').map(data => data.loss);
  const refused = await imagesSample({ body: { concept, prompt: '', guidance: 200 } });
  const drawing = await ended((await imagesSample({ body: { concept, prompt: 'a photo of *', count: 2, samplingSteps: 1 }, throwOnError: true })).data.id);
  const picture = (await imagesGet({ path: { image: drawing.images[0]! }, parseAs: 'blob', throwOnError: true })).data as Blob;
  const page = (await imagesList({ query: { concept, limit: 1 }, throwOnError: true })).data;
  const next = (await imagesList({ query: { concept, limit: 1, cursor: page.next! }, throwOnError: true })).data;
  const removed = await conceptsDelete({ path: { concept } });
  const gone = await conceptsGet({ path: { concept } });

  console.log(JSON.stringify({
    photos: uploaded.photos.length, trained: training.state, steps: steps.length, code: refused.error?.code, bad: Object.keys(refused.error?.errors ?? {}).sort(),
    images: drawing.images.length, png: (await picture.slice(1, 4).text()), pages: [page.images.length, next.images.length],
    removed: removed.response?.status, gone: gone.error?.code,
  }));
}

main().catch(error => { console.error(error); process.exitCode = 1; });
