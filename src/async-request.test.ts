import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { asyncRequest } from './async-request.ts';
import { systemClock } from './clock.ts';
import { startRawTarget } from './delivery/target/raw-target.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

async function target(t: TestContext) {
  return startRawTarget(t, (socket) => void socket.write(ok));
}

/** The first line of the only request that came, and its body. */
function only(arrivals: readonly string[]): { line: string | undefined; text: string } {
  assert.equal(arrivals.length, 1);
  const text = arrivals[0] ?? '';
  return { line: text.split('\r\n')[0], text };
}

async function arrived(arrivals: readonly string[], count: number): Promise<void> {
  while (arrivals.length < count) {
    await new Promise<void>((resume) => void systemClock.after(2, resume, { keepsAlive: true }));
  }
}

test('GET puts nested parameters behind the query that the URL has', async (t) => {
  const { origin, arrivals } = await target(t);
  const params = { a: { b: 'c d' }, list: ['x', true, null, 1.5], 'k&': 'ä~' };
  assert.equal(await asyncRequest(`${origin}/p?own=1#f`, params), true);
  await arrived(arrivals, 1);
  const query = 'own=1&a%5Bb%5D=c+d&list%5B0%5D=x&list%5B1%5D=1&list%5B3%5D=1.5&k%26=%C3%A4%7E';
  assert.equal(only(arrivals).line, `GET /p?${query} HTTP/1.1`);
});

test('whatever the arguments are, it never rejects', async (t) => {
  const { origin, arrivals } = await target(t);
  const broken = {
    get name(): string {
      throw new Error('out of order');
    },
  };
  assert.equal(await asyncRequest(origin, broken), 'out of order');
  assert.match(await asText(asyncRequest(origin, { at: new Date(Number.NaN) })), /Invalid time/);
  assert.equal(await asyncRequest(origin, null), true);
  await arrived(arrivals, 1);
  assert.equal(only(arrivals).line, 'GET / HTTP/1.1');
});

test('POST sends the parameters as a form, and the default path is /', async (t) => {
  const { origin, port, arrivals } = await target(t);
  const host = origin.replace(`:${port}`, '');
  assert.equal(await asyncRequest(host, { a: [1, { b: 2 }] }, 'post', port), true);
  await arrived(arrivals, 1);
  const { line, text } = only(arrivals);
  assert.equal(line, 'POST / HTTP/1.1');
  assert.match(text, /^content-type: application\/x-www-form-urlencoded\r$/im);
  assert.ok(text.endsWith('\r\n\r\na%5B0%5D=1&a%5B1%5D%5Bb%5D=2'));
});

test('the port is the argument, else that of the URL', async (t) => {
  const { origin, port, arrivals } = await target(t);
  assert.equal(await asyncRequest('http://127.0.0.1:9999/', {}, 'get', port), true);
  assert.equal(await asyncRequest(origin, {}, 'get', 80), true);
  await arrived(arrivals, 2);
});

test('for https 80 counts as not given, and a handshake that hangs is given up', async (t) => {
  const { port, arrivals } = await target(t);
  const text = await asText(asyncRequest(`https://127.0.0.1:${port}/`, {}, 'get', 80, 0.3));
  assert.match(text, /^No connection to /);
  assert.equal(arrivals.length, 0);
});

test('line breaks and spaces in the URL, the parameters and the method stay inside', async (t) => {
  const { origin, arrivals } = await target(t);
  const url = `${origin}/a b\r\nX-Evil: 1?q=\r\n\r\nGET`;
  assert.equal(await asyncRequest(url, { 'k\r\n': 'v\r\nX-Evil: 1' }), true);
  assert.equal(await asyncRequest(origin, 'x=1\r\nX-Evil: 1', 'post'), true);
  await arrived(arrivals, 2);
  for (const arrival of arrivals) assert.doesNotMatch(arrival, /^X-Evil/m);
  assert.match(arrivals.join(''), /^GET \/a%20b%0D%0AX-Evil:%201\?q=%0D%0A%0D%0AGET&k%0D%0A=v/m);
  assert.match(await asText(asyncRequest(origin, {}, 'GET / HTTP/1.1\r\nX: y')), /`method`/);
});

test('what fails is told as text: no listener, no name, no sense', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  assert.match(await asText(asyncRequest(`http://127.0.0.1:${port}/`)), /refused/);
  assert.match(await asText(asyncRequest('http://no-such-name.invalid/')), /no-such-name/);
  assert.match(await asText(asyncRequest('nonsense')), /`url`/);
  assert.match(await asText(asyncRequest('http://a.test', {}, 'get', 80, -1)), /timeout/);
  assert.match(await asText(asyncRequest('http://a.test', {}, 'get', 70_000)), /`port`/);
  const itself: Record<string, never> = {};
  Object.assign(itself, { itself });
  assert.match(await asText(asyncRequest('http://a.test', itself)), /`params`/);
});

test('the process lives until the target has answered, and no longer', async () => {
  const module = new URL('./async-request.ts', import.meta.url).href;
  const answered = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    request.socket.once('close', () => answered.reject(new Error('the caller hung up')));
    setImmediate(() => response.end('done', () => answered.resolve()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const program = `import { asyncRequest } from '${module}';
    console.log(await asyncRequest('${url}'));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', program],
    { timeout: 60_000 },
  );
  await answered.promise;
  assert.equal(stdout, 'true\n');
  server.close();
});

async function asText(result: Promise<true | string>): Promise<string> {
  const text = await result;
  assert.equal(typeof text, 'string');
  return String(text);
}
