// Somebody's front-end: a page on an address of its own, and, where an API's address is given, a plain reverse proxy to it on the same address.
const http = require('node:http');
const net = require('node:net');
const { readFileSync } = require('node:fs');

const [port, signalr, api] = process.argv.slice(2);
const target = api ? new URL(api) : null;
const page = '<!doctype html><meta charset="utf-8"><title>Front</title><script src="/app/signalr.js"></script><p>Front';

http.createServer((request, response) => {
  if (request.url === '/app/') return void response.writeHead(200, { 'Content-Type': 'text/html' }).end(page);
  if (request.url === '/app/signalr.js') return void response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(signalr));
  if (!target) return void response.writeHead(404).end();
  const forward = http.request({ host: target.hostname, port: target.port, path: request.url, method: request.method, headers: request.headers }, answer => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  forward.on('error', () => response.destroy());
  response.on('close', () => forward.destroy());
  request.pipe(forward);
}).on('upgrade', (request, socket, head) => {
  if (!target) return void socket.destroy();
  const forward = net.connect(target.port, target.hostname, () => {
    const fields = [];
    for (let i = 0; i < request.rawHeaders.length; i += 2) fields.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
    forward.write(`${request.method} ${request.url} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`);
    if (head.length) forward.write(head);
    socket.pipe(forward).pipe(socket);
  });
  forward.on('error', () => socket.destroy());
  socket.on('error', () => forward.destroy());
}).listen(Number(port), '127.0.0.1', () => console.log('listening'));
