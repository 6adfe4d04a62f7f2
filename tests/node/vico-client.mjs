// sdk/typescript as it is packed, against the gateway. Argument: a photo. Between the marks stand the lines of its README.
import { readFile } from 'node:fs/promises';
import { createViCo } from 'vico-client';

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
const form = new FormData();
form.append('photos', new Blob([await readFile(process.argv[2])], { type: 'image/png' }), '1.png');
await fetch(`${process.env.VICO}/concepts/${made.id}/photos`, { method: 'POST', body: form, headers: { Authorization: `Bearer ${process.env.KEY}` } });
const params = { path: { concept: made.id } };
const { data: training } = await cut.api.POST('/concepts/{concept}/trainings', { params, body: { steps: 60 } });
const heard = [];
for await (const one of cut.follow(training.id)) heard.push(one.seq);
const { data: trained } = await cut.api.GET('/jobs/{job}', { params: { path: { job: training.id } } });

const concept = made.id;
// README
const vico = createViCo({ url: process.env.VICO, key: process.env.KEY });
const { data: job } = await vico.api.POST('/images', { body: { concept, prompt: 'a photo of a * on the beach', count: 2 } });
for await (const { seq, data } of vico.follow(job.id)) console.error(seq, data.type);
const { data: drawn } = await vico.api.GET('/jobs/{job}', { params: { path: { job: job.id } } });
const png = await vico.picture(drawn.images[0]);
// README

const { error } = await vico.api.GET('/jobs/{job}', { params: { path: { job: 'nope' } } });
console.log(JSON.stringify({ heard, lastSeq: trained.lastSeq, images: drawn.images.length, png: [...png.slice(0, 4)], code: error.code }));
