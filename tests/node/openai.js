// The npm package `openai`, unmodified, against the gateway.
// Arguments: a trained concept, one of its photos, an untrained concept, and how many steps the streamed drawing takes.
const OpenAI = require('openai');

const [concept, photo, untrained, streamedSteps] = process.argv.slice(2);
const baseURL = `${process.env.VICO}/v1`;
const client = new OpenAI({ apiKey: process.env.KEY, baseURL, maxRetries: 0 });

const failure = async (promise) => {
  try {
    return { answered: await promise };
  } catch (e) {
    return { kind: e.constructor.name, status: e.status, code: e.code, param: e.param, type: e.type, message: e.message };
  }
};

const main = async () => {
  const seen = {};
  seen.models = [];
  for await (const model of client.models.list()) seen.models.push(model);
  seen.model = await client.models.retrieve(concept);

  const draw = (more) => client.images.generate({ model: concept, prompt: 'a teapot on the beach', ...more });
  const { data, response } = await draw({ n: 2, seed: 7, size: '64x64', steps: 5, reference: photo, user: 'ann' }).withResponse();
  seen.drawn = data;
  seen.job = response.headers.get('vico-job');
  seen.again = await draw({ n: 2, seed: 7, size: '64x64', steps: 5, reference: photo });
  seen.byUrl = await draw({ response_format: 'url', seed: 7, steps: 5, size: '64x64', reference: photo });
  const fetched = await fetch(seen.byUrl.data[0].url);
  seen.fetched = Buffer.from(await fetched.arrayBuffer()).toString('base64');

  seen.events = [];
  const stream = await draw({ stream: true, partial_images: 2, samplingSteps: Number(streamedSteps), size: '64x64' });
  for await (const event of stream) seen.events.push(event);

  const keyed = { headers: { 'Idempotency-Key': 'a picture, once'.replaceAll(' ', '-') } };
  const once = await client.images.generate({ model: concept, prompt: '*', steps: 3 }, keyed).withResponse();
  const twice = await client.images.generate({ model: concept, prompt: '*', steps: 3 }, keyed).withResponse();
  seen.keyed = [once, twice].map(({ data, response }) => ({ job: response.headers.get('vico-job'), picture: data.data[0].b64_json }));
  seen.otherBody = await failure(client.images.generate({ model: concept, prompt: 'another *', steps: 3 }, keyed));

  seen.noModel = await failure(client.images.generate({ model: 'dall-e-3', prompt: 'a cat' }));
  seen.untrained = await failure(client.images.generate({ model: untrained, prompt: 'a cat' }));
  seen.badField = await failure(draw({ guidance: 1000 }));
  seen.typo = await failure(draw({ guidence: 3 }));
  seen.badSize = await failure(draw({ size: 'huge' }));
  seen.noPhoto = await failure(draw({ reference: 'nope' }));
  seen.edit = await failure(client.images.edit({ model: concept, image: new File(['x'], 'a.png', { type: 'image/png' }), prompt: 'blue' }));
  const nobody = new OpenAI({ apiKey: 'nonsense', baseURL, maxRetries: 0 });
  seen.noKey = await failure(nobody.models.list());
  seen.noRoute = await failure(client.files.list());
  console.log(JSON.stringify(seen));
};

main().catch((e) => { console.error(e); process.exit(1); });
