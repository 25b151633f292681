// Fire and forget over HTTP: what the answer says, what reaches the target, and what many requests
// on one connection do that nobody waits for.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Tossed } from '../../src/index.ts';
import { startTarget } from '../support/target-server.ts';
import { until } from '../support/until.ts';
import { exchangeRaw } from './raw-http.ts';
import { startServer, type TestServer } from './running-server.ts';

async function targetFor(t: TestContext, { hangs = false } = {}) {
  const target = await startTarget((response) => {
    if (!hangs) response.end('thanks');
  });
  t.after(() => target[Symbol.asyncDispose]());
  return target;
}

function tossPath(url: string): string {
  return `/v1/toss?url=${encodeURIComponent(url)}`;
}

async function tossed({ url }: TestServer): Promise<Tossed> {
  const stats = (await (await fetch(`${url}/v1/stats`)).json()) as { toss: Tossed };
  return stats.toss;
}

/** Statuses of the answers to `text`, written at once over the socket of the server. */
async function pipelined(server: TestServer, text: string, count: number): Promise<string[]> {
  const socket = connect(server.socketPath);
  await once(socket, 'connect');
  socket.write(text);
  let answers = '';
  socket.on('data', (chunk) => (answers += chunk.toString('latin1')));
  const statuses = (): string[] => [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, s]) => s!);
  await until(`${count} answers`, () => statuses().length >= count, { withinMs: 60_000 });
  socket.destroy();
  return statuses();
}

test('the answer is 202 and empty, and nothing is stored', async (t) => {
  const [server, target] = [await startServer(t), await targetFor(t)];
  const headers = { 'idempotency-key': 'k', 'webhook-id': '1', 'sendoff-authorization': 'Basic x' };
  const body = Buffer.from([0, 255]);
  const path = tossPath(`${target.url}/a?b=%20c`);
  const answer = await fetch(server.url + path, { method: 'PUT', headers, body });
  assert.deepEqual([answer.status, await answer.text()], [202, '']);
  const arrival = await until('the arrival', () => target.arrivals[0]);
  assert.deepEqual([arrival.method, arrival.url, arrival.body], ['PUT', '/a?b=%20c', body]);
  assert.equal(arrival.headers['idempotency-key'], 'k');
  assert.equal(arrival.headers['webhook-id'], '1');
  assert.equal(arrival.headers.authorization, 'Basic x');
  assert.equal(await server.stored(), 0);
  await until('the count', async () => (await tossed(server)).answered === 1);
});

test('many requests in one write are all answered and all sent', async (t) => {
  const [server, target] = [await startServer(t), await targetFor(t)];
  const requests = Array.from({ length: 500 }, (_, n) => {
    const body = n % 2 === 0 ? '' : `content-length: 5\r\n\r\nhello`;
    const path = tossPath(`${target.url}/${n}`);
    return `POST ${path} HTTP/1.1\r\nhost: a\r\n${body === '' ? '\r\n' : body}`;
  });
  const statuses = await pipelined(server, requests.join(''), 500);
  assert.deepEqual(new Set(statuses), new Set(['202']));
  await until('500 arrivals', () => target.arrivals.length === 500);
  assert.equal(new Set(target.arrivals.map(({ url }) => url)).size, 500);
  assert.ok(
    target.arrivals.every(({ url, body }) => (Number(url.slice(1)) % 2) * 5 === body.length),
  );
});

test('when its share is full an origin is refused, and others are not', async (t) => {
  const [server, stuck, quick] = [
    await startServer(t),
    await targetFor(t, { hangs: true }),
    await targetFor(t),
  ];
  const request = `POST ${tossPath(`${stuck.url}/`)} HTTP/1.1\r\nhost: a\r\n\r\n`;
  const statuses = await pipelined(server, request.repeat(8_010), 8_010);
  assert.equal(statuses.filter((status) => status === '202').length, 8_000);
  assert.equal(statuses.filter((status) => status === '503').length, 10);
  const refused = await fetch(server.url + tossPath(stuck.url), { method: 'POST' });
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.equal(((await refused.json()) as { code: string }).code, 'toss_full');
  const taken = await fetch(server.url + tossPath(quick.url), { method: 'POST' });
  assert.equal(taken.status, 202);
  await until('the arrival elsewhere', () => quick.arrivals.length === 1);
  const { dropped, waiting } = await tossed(server);
  assert.deepEqual([dropped, waiting >= 8_000], [11, true]);
});

test('what cannot be tossed is refused with a code, and not counted', async (t) => {
  const [server, target] = [await startServer(t), await targetFor(t)];
  const refusals: [status: number, code: string, path: string, init: RequestInit][] = [
    [413, 'body_too_large', tossPath(target.url), { body: 'x'.repeat(65_537) }],
    [400, 'unknown_field', tossPath(target.url), { headers: { 'sendoff-delay': '5s' } }],
    [400, 'invalid_duration', tossPath(target.url), { headers: { 'sendoff-timeout': '5' } }],
    [400, 'invalid_url', '/v1/toss', {}],
    [400, 'invalid_url', tossPath(`${target.url}/\r\nX-Evil: 1`), {}],
    [400, 'unknown_parameter', `${tossPath(target.url)}&b=1`, {}],
    [422, 'target_not_allowed', tossPath('http://169.254.169.254/'), {}],
    [422, 'self_target', tossPath(server.url), {}],
    [403, 'cross_site', tossPath(target.url), { headers: { origin: 'https://evil.test' } }],
  ];
  for (const [status, code, path, init] of refusals) {
    const answer = await fetch(server.url + path, { method: 'POST', ...init });
    const problem = (await answer.json()) as { code: string };
    assert.deepEqual([answer.status, problem.code], [status, code], path);
  }
  const trace = `TRACE ${tossPath(target.url)} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
  assert.equal((await exchangeRaw({ port: server.port }, trace)).status, 405);
  assert.deepEqual(Object.values(await tossed(server)), [0, 0, 0, 0, 0]);
  assert.equal(target.arrivals.length, 0);
});

test('a server with a token wants it for tosses too', async (t) => {
  const [server, target] = [await startServer(t, { token: 'secret' }), await targetFor(t)];
  const url = server.url + tossPath(target.url);
  assert.equal((await fetch(url, { method: 'POST' })).status, 401);
  const headers = { authorization: 'Bearer secret' };
  assert.equal((await fetch(url, { method: 'POST', headers })).status, 202);
  const arrival = await until('the arrival', () => target.arrivals[0]);
  assert.equal(arrival.headers.authorization, undefined);
});

test('a body that comes in pieces is tossed whole', async (t) => {
  const [server, target] = [await startServer(t), await targetFor(t)];
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 3; n++) {
      await new Promise(setImmediate);
      yield Buffer.alloc(10_000, String(n));
    }
  }
  const init = { method: 'POST', body: ReadableStream.from(pieces()), duplex: 'half' } as const;
  assert.equal((await fetch(server.url + tossPath(target.url), init)).status, 202);
  const arrival = await until('the arrival', () => target.arrivals[0]);
  assert.equal(arrival.body.length, 30_000);
});
