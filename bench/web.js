// How the web side answers many at once: lists beside a single job, and watchers of one training. Against servers that
// run already, with the rehearsal engine, in turns:
//
//   npm install --prefix /tmp/load autocannon@9.0.0
//   NODE_PATH=/tmp/load/node_modules node bench/web.js lists NAME=URL=KEYFILE…
//   NODE_PATH=/tmp/load/node_modules node bench/web.js watchers NAME=URL=KEYFILE…
//
// Each server gets a tenant's page of 50 concepts, 50 jobs and 50 pictures; it must be empty before.
const fs = require('fs');
const http = require('http');
const path = require('path');

const [what, ...named] = process.argv.slice(2);
const servers = named.map((text) => {
  const [name, url, keyFile] = text.split('=');
  return { name, url: new URL(url), key: fs.readFileSync(keyFile, 'utf8').trim() };
});
const [connections, seconds, rounds, watchers, steps] = [10, 4, 2, 500, 1200];

async function call(server, method, route, body) {
  const form = body instanceof FormData;
  const answer = await fetch(new URL(route, server.url), {
    method,
    headers: { authorization: `Bearer ${server.key}`, ...(body && !form ? { 'content-type': 'application/json' } : {}) },
    body: form ? body : body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${text}`);
  return text.length > 0 ? JSON.parse(text) : {};
}

async function ended(server, job) {
  while (!(await call(server, 'GET', `/jobs/${job}`)).ended) await new Promise((done) => setTimeout(done, 20));
}

async function trained(server) {
  // How many requests a tenant has a second is no matter here; a version without quotas has no such route.
  await call(server, 'PATCH', '/admin/tenants/default', { quotas: { requestsPerSecond: 1000000 } }).catch(() => {});
  const concept = (await call(server, 'POST', '/concepts', { name: 'Teapot', initWord: 'teapot' })).id;
  const form = new FormData();
  const photo = fs.readFileSync(path.join(__dirname, '..', 'samples', 'teapot', 'photos', '1.png'));
  form.append('photos', new Blob([photo], { type: 'image/png' }), '1.png');
  await call(server, 'POST', `/concepts/${concept}/photos`, form);
  const job = (await call(server, 'POST', `/concepts/${concept}/trainings`, { steps: 2 })).id;
  await ended(server, job);
  return { concept, job };
}

async function fill(server) {
  const { concept, job } = await trained(server);
  for (let i = 1; i < 50; i++) await call(server, 'POST', '/concepts', { name: `Cup ${i}`, initWord: 'cup' });
  for (let i = 1; i < 50; i++) {
    const drawing = { concept, prompt: `a * on the beach, ${i}`, count: i === 1 ? 2 : 1, samplingSteps: 1 };
    await ended(server, (await call(server, 'POST', '/images', drawing)).id);
  }
  return job;
}

async function lists() {
  const autocannon = require('autocannon');
  const jobs = new Map();
  for (const server of servers) jobs.set(server, await fill(server));
  const routes = ['/jobs/{job}', '/jobs?limit=50', '/concepts?limit=50', '/images?limit=50'];
  const took = new Map();
  for (let round = 0; round <= rounds; round++) {                       // the first warms up
    for (const route of routes) {
      for (const server of servers) {
        const url = new URL(route.replace('{job}', jobs.get(server)), server.url).href;
        const headers = { authorization: `Bearer ${server.key}` };
        if (!(await fetch(url, { headers })).ok) continue;                // a version without this list
        const result = await autocannon({ url, headers, connections, duration: round ? seconds : 2 });
        if (result.non2xx + result.errors > 0) throw new Error(`${route}: ${result.non2xx} refused, ${result.errors} failed`);
        if (round) took.set(`${route} ${server.name}`, [...(took.get(`${route} ${server.name}`) ?? []), result]);
      }
    }
  }
  console.log(`${connections} connections, ${rounds} rounds of ${seconds} s in turns`);
  for (const route of routes) {
    for (const { name } of servers) {
      const results = took.get(`${route} ${name}`);
      if (!results) continue;
      const mean = (of) => results.reduce((sum, one) => sum + of(one), 0) / results.length;
      const single = took.get(`/jobs/{job} ${name}`).reduce((sum, one) => sum + one.requests.average, 0) / results.length;
      const rate = mean((one) => one.requests.average);
      console.log(`${route.padEnd(22)} ${name.padEnd(8)} ${rate.toFixed(0).padStart(6)} requests/s`
        + `  p50 ${mean((o) => o.latency.p50).toFixed(1)} ms  p99 ${mean((o) => o.latency.p99).toFixed(1)} ms`
        + `  ${(single / rate).toFixed(2)} x a job`);
    }
  }
}

function watch(server, job, onEvent) {
  return new Promise((done, failed) => {
    const headers = { authorization: `Bearer ${server.key}`, accept: 'text/event-stream' };
    http.get(new URL(`/jobs/${job}/events`, server.url), { headers, agent: false }, (answer) => {
      let rest = '';
      answer.setEncoding('utf8');
      answer.on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        for (const line of lines) if (line.startsWith('data: {"')) onEvent(JSON.parse(line.slice(6)));
      });
      answer.on('end', done);
      answer.on('error', failed);
    }).on('error', failed);
  });
}

async function follow() {
  for (const server of servers) {
    const { concept } = await trained(server);
    const job = (await call(server, 'POST', `/concepts/${concept}/trainings`, { steps })).id;
    const late = [];
    const seen = new Array(watchers).fill(0);
    let gaps = 0;
    const began = Date.now();
    await Promise.all(seen.map((_, i) => watch(server, job, (event) => {
      if (event.seq !== ++seen[i]) gaps++;
      if (Date.parse(event.time) > began + 3000) late.push(Date.now() - Date.parse(event.time));     // all are connected by then
    })));
    late.sort((a, b) => a - b);
    const at = (part) => late[Math.min(late.length - 1, Math.floor(part * late.length))];
    const events = seen.reduce((sum, n) => sum + n, 0);
    console.log(`${server.name.padEnd(8)} ${watchers} watchers of ${steps} steps: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, `
      + `p99 ${at(0.99)} ms, max ${at(1)} ms; ${events} events, ${gaps} gaps, all alike: ${new Set(seen).size === 1}; `
      + `${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
}

(what === 'lists' ? lists() : follow()).catch((problem) => {
  console.error(problem);
  process.exit(1);
});
