// sdk/typescript as it is packed, against the gateway. Argument: a photo. Between the marks stand the lines of its README.
import { readFile } from 'node:fs/promises';
import { HubConnectionBuilder } from '@microsoft/signalr';
import { createViCo, hubOf } from 'vico-client';

// SignalR's client tells the console what it does; what this script prints is read.
const say = console.log;
console.log = console.info = console.error;

// Breaks every event stream after 700 bytes.
const cutting = async (input, init) => {
  const answer = await fetch(input, init);
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer;
  let left = 700;
  const cut = new TransformStream({
    transform(chunk, out) {
      if (left <= 0) return out.error(new Error('The connection broke.'));
      out.enqueue(chunk.slice(0, left));
      left -= chunk.length;
    },
  });
  return new Response(answer.body.pipeThrough(cut), { status: answer.status, headers: answer.headers });
};

const cut = createViCo({ url: process.env.VICO, key: process.env.KEY, fetch: cutting });
const { data: made } = await cut.api.POST('/concepts', { body: { name: 'Pot', initWord: 'teapot' } });
const photos = [];
for (const name of ['1.png', '2.png']) photos.push(new File([await readFile(`${process.argv[2]}/${name}`)], name));
const params = { path: { concept: made.id } };

// The second photo is lost on its way: what was sent before is not sent again.
const sent = [];
let losses = 6;
const losing = async (input, init) => {
  if (init?.method === 'PUT') {
    sent.push(new URL(input).searchParams.get('name'));
    if (sent.length > 1 && losses-- > 0) throw new TypeError('fetch failed');
  }
  return fetch(input, init);
};
const losesSome = createViCo({ url: process.env.VICO, key: process.env.KEY, fetch: losing });
const broke = await losesSome.upload(made.id, photos).catch(e => e.message);
const uploaded = await losesSome.upload(made.id, photos);

const { data: training } = await cut.api.POST('/concepts/{concept}/trainings', { params, body: { steps: 60 } });
const heard = [];
for await (const one of cut.follow(training.id)) heard.push(one.seq);
const { data: trained } = await cut.api.GET('/jobs/{job}', { params: { path: { job: training.id } } });

// README
const vico = createViCo({ url: process.env.VICO, key: process.env.KEY });
const { data: mug } = await vico.api.POST('/concepts', { body: { name: 'My mug', initWord: 'cup' } });
const path = { concept: mug.id };
await vico.upload(mug.id, photos);

const { data: run } = await vico.api.POST('/concepts/{concept}/trainings', { params: { path }, body: { steps: 40 } });
for await (const { data } of vico.follow(run.id)) if (data.type === 'step') console.error(data.step, data.loss);

const { data: job } = await vico.api.POST('/images', { body: { concept: mug.id, prompt: 'a photo of a * on the beach', count: 2 } });
for await (const { seq, data } of vico.follow(job.id)) console.error(seq, data.type);
const { data: drawn } = await vico.api.GET('/jobs/{job}', { params: { path: { job: job.id } } });
const png = await vico.picture(drawn.images[0]);

const connection = new HubConnectionBuilder().withUrl(`${process.env.VICO}/hubs/studio`, { accessTokenFactory: () => process.env.KEY }).build();
await connection.start();
const hub = hubOf(connection);
hub.on('Heartbeat', ({ time, newestSeq }) => console.error(time, newestSeq));
for await (const { seq, data } of hub.stream('Subscribe', job.id, 0)) console.error(seq, data.type);
// README

// Every stream and message of the hub, over a training that lasts for a few heartbeats.
const pushed = { subscribed: [], previews: [], changes: [] };
const beat = new Promise(resolve => {
  const leave = hub.on('Heartbeat', one => {
    if (!Object.keys(one.newestSeq).length) return;
    leave();
    resolve(Object.keys(one).sort());
  });
});
const until = { job: undefined };
let follows;
const following = new Promise(resolve => { follows = resolve; });
const changing = (async () => {
  for await (const change of hub.stream('Changes', null)) {
    follows();                                  // the first says that all may have changed: from here on nothing is missed
    pushed.changes.push(`${change.what} ${change.how}`);
    if (change.id === until.job && change.state === 'succeeded') return;      // leaving the loop ends the stream
  }
})();
await following;
const { data: longer } = await vico.api.POST('/concepts/{concept}/trainings', { params, body: { steps: 800 } });
until.job = longer.id;
const previewing = (async () => { for await (const one of hub.stream('Previews', longer.id)) pushed.previews.push(one); })();
for await (const one of hub.stream('Subscribe', longer.id, 0)) pushed.subscribed.push(one.seq);
await Promise.all([changing, previewing]);
pushed.beat = await beat;
pushed.refused = await hub.stream('Subscribe', 'nope', 0).next().catch(e => e.message);
await connection.stop();

const { error } = await vico.api.GET('/jobs/{job}', { params: { path: { job: 'nope' } } });
say(JSON.stringify({ sent, broke, uploaded: uploaded.map(photo => photo.name), heard, lastSeq: trained.lastSeq, images: drawn.images.length, png: [...png.slice(0, 4)], code: error.code, hub: pushed }));
