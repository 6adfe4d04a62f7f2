// The npm package `@modelcontextprotocol/sdk`, unmodified, against the gateway. Argument: base64 of a photo.
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');

const photo = require('fs').readFileSync(process.argv[2]).toString('base64');
const headers = { Authorization: `Bearer ${process.env.KEY}` };

const connect = async (more = {}) => {
  const client = new Client({ name: 'vico-tests', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${process.env.VICO}/mcp`), { requestInit: { headers: { ...headers, ...more } } }));
  return client;
};

const main = async () => {
  const seen = {};
  const client = await connect();
  seen.tools = (await client.listTools()).tools.map((t) => t.name);
  const call = async (name, args) => client.callTool({ name, arguments: args });
  const waited = async (ticket) => {
    let answer;
    do answer = await call('wait', { ticket, seconds: 5 }); while (!answer.structuredContent.done);
    return answer;
  };

  seen.concept = (await call('create_concept', { name: 'Pot', initWord: 'teapot', photos: [{ data: photo, name: 'front.png' }], key: 'pot' })).structuredContent;
  seen.sameConcept = (await call('create_concept', { name: 'Pot', initWord: 'teapot', key: 'pot' })).structuredContent.id;
  const training = await call('train', { concept: seen.concept.id, steps: 5, key: 'learn' });
  seen.trained = (await waited(training.structuredContent.ticket)).structuredContent;
  seen.listed = (await call('list_concepts', { limit: 50 })).structuredContent.concepts.find((c) => c.id === seen.concept.id);

  const drawing = { concept: seen.concept.id, prompt: 'a teapot in the snow', count: 2, seed: 3, options: { samplingSteps: 4 }, key: 'draw' };
  const first = await call('draw', drawing);
  const again = await call('draw', drawing);
  seen.tickets = [first, again].map((a) => a.structuredContent.ticket);
  seen.drawn = await waited(seen.tickets[0]);
  seen.job = (await call('get_job', { ticket: seen.tickets[0] })).structuredContent;
  seen.picture = await call('get_picture', { image: seen.job.images[1] });

  seen.fromHere = (await call('create_concept', { name: 'Copy', initWord: 'teapot', photos: [{ url: seen.job.images[0] }, { url: `${process.env.VICO}${seen.concept.photos[0]}` }] })).structuredContent;
  seen.fromElsewhere = await call('create_concept', { name: 'No', initWord: 'teapot', photos: [{ url: `http://example.org${seen.job.images[0]}` }] });
  seen.noConcept = await call('draw', { concept: 'nope', prompt: '*' });
  seen.badOption = await call('draw', { concept: seen.concept.id, prompt: '*', options: { guidence: 3 } });
  seen.impatient = await call('wait', { ticket: seen.tickets[0], seconds: 60 });
  seen.noJob = await call('wait', { ticket: 'nope' });
  await client.close();

  seen.foreign = await connect({ Origin: 'http://evil.example' }).then(() => 'let in', (e) => `${e.code ?? ''} ${e.message}`);
  console.log(JSON.stringify(seen));
};

main().catch((e) => { console.error(e); process.exit(1); });
