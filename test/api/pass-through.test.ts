// `/v1/to`: what arrives at the target is what the caller sent, and nothing of what was not meant
// for it.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startTarget } from './ledger-target.ts';
import { exchangeRaw } from './raw-http.ts';
import { startServer } from './running-server.ts';

function linesOf(raw: readonly string[]): string[] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${raw[at + 1]}`] : []));
}

test('method, path, query, header lines and body reach the target as they came', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  const url = encodeURIComponent(`${target.url}/a%20b/%2F?q=%26&r=a+b&s=ä`.normalize());
  const body = '\x00\xff{"a": 1e400}';
  const text = [
    `PATCH /v1/to?url=${url} HTTP/1.1`,
    'Host: localhost',
    'X-First: 1',
    'Content-Encoding: gzip',
    'x-FIRST: 2',
    'webhook-id: msg_1',
    'Content-Type: multipart/form-data; boundary=x',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
  const answer = await exchangeRaw({ host: '127.0.0.1', port: server.port }, text);
  assert.equal(answer.status, 202, answer.body);
  assert.equal(answer.headers.location, `/v1/jobs/${answer.headers['sendoff-job']}`);
  const [arrived] = await target.atLeast(1);
  assert.equal(arrived?.method, 'PATCH');
  assert.equal(arrived?.path, '/a%20b/%2F?q=%26&r=a+b&s=%C3%A4');
  assert.equal(arrived?.body.toString('latin1'), body);
  const lines = linesOf(arrived?.rawHeaders ?? []);
  for (const line of ['X-First: 1', 'x-FIRST: 2', 'Content-Encoding: gzip', 'webhook-id: msg_1']) {
    assert.ok(lines.includes(line), `${line} in ${lines.join(' | ')}`);
  }
  assert.ok(lines.indexOf('X-First: 1') < lines.indexOf('x-FIRST: 2'));
});

test('what speaks of the caller, its browser or us is not passed on', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  const text = [
    `POST /v1/to?url=${target.url}/x HTTP/1.1`,
    'Host: localhost',
    'Cookie: session=secret',
    'Sendoff-Cookie: a=b',
    'Referer: http://localhost/secret',
    'Origin: http://localhost',
    'Sec-Fetch-Site: same-origin',
    'Prefer: respond-async',
    'Connection: keep-alive, X-Hop',
    'X-Hop: 1',
    'TE: trailers',
    'Proxy-Authorization: Basic secret',
    'Authorization: Bearer target',
    'Sendoff-Tags: a, b',
    'Idempotency-Key: order-17',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  assert.equal((await exchangeRaw({ host: '127.0.0.1', port: server.port }, text)).status, 202);
  const { headers } = (await target.atLeast(1))[0] ?? assert.fail();
  assert.equal(headers.cookie, 'a=b');
  assert.equal(headers.authorization, 'Bearer target');
  assert.equal(headers['idempotency-key'], 'order-17');
  const names = Object.keys(headers).join(' ');
  assert.doesNotMatch(names, /referer|origin|sec-fetch|prefer|x-hop|\bte\b|proxy-|sendoff-t/);
});

test('Authorization is ours on a server with a token, unless Sendoff-Token is sent', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t, { token: 'ours' });
  const call = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${server.url}/v1/to?url=${target.url}/x`, { method: 'POST', headers });
  await call({ authorization: 'Bearer ours' });
  assert.equal((await target.atLeast(1))[0]?.headers.authorization, undefined);
  await call({ 'sendoff-token': 'ours', authorization: 'Bearer theirs' });
  assert.equal((await target.atLeast(2))[1]?.headers.authorization, 'Bearer theirs');
  await call({ authorization: 'Bearer ours', 'sendoff-authorization': 'Basic theirs' });
  assert.equal((await target.atLeast(3))[2]?.headers.authorization, 'Basic theirs');
  assert.equal((await target.atLeast(3))[2]?.headers['sendoff-token'], undefined);
});

test('any parameter but url is refused with a hint', async (t) => {
  const server = await startServer(t);
  const codeOf = async (query: string): Promise<unknown> => {
    const answer = await fetch(`${server.url}/v1/to${query}`, { method: 'POST' });
    return ((await answer.json()) as { code: string }).code;
  };
  const url = 'url=http://127.0.0.1:61999/';
  assert.equal(await codeOf(`?${url}?a=1&b=2`), 'unknown_parameter');
  assert.equal(await codeOf(`?${url}&delay=5s`), 'unknown_parameter');
  assert.equal(await codeOf(`?${url}&${url}`), 'invalid_url');
  assert.equal(await codeOf('?url=%E4'), 'invalid_url');
  assert.equal(await codeOf(''), 'invalid_url');
  assert.equal(await server.stored(), 0);
});

test('options are headers; an unknown one is refused with the nearest name', async (t) => {
  const server = await startServer(t);
  const call = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${server.url}/v1/to?url=http://127.0.0.1:61999/`, { method: 'POST', headers });
  const refused = {
    'sendoff-retires': ['3', 'unknown_field'],
    'sendoff-delay': ['5', 'invalid_duration'],
    'sendoff-retries': ['many', 'invalid_field'],
    'sendoff-retry': ['{', 'invalid_json'],
    'sendoff-id': ['1', 'invalid_id'],
    'sendoff-delivery': ['once', 'invalid_field'],
    'sendoff-connect-timeout': ['5', 'invalid_duration'],
    'sendoff-first-byte-timeout': ['0s', 'invalid_duration'],
    'sendoff-idle-timeout': ['soon', 'invalid_duration'],
    'sendoff-deadline': ['900000', 'invalid_duration'],
  } as const;
  for (const [name, [value, code]] of Object.entries(refused)) {
    const problem = (await (await call({ [name]: value })).json()) as Record<string, unknown>;
    assert.equal(problem.code, code, name);
    if (name === 'sendoff-retires') assert.match(String(problem.detail), /sendoff-retries/);
  }
  assert.equal(await server.stored(), 0);
  const answer = await call({
    'sendoff-delay': '1h',
    'sendoff-queue': 'slow',
    'sendoff-priority': '1',
    'sendoff-retry': '{"limit": 2, "within": "1h", "rules": [{"status": 404, "do": "retry"}]}',
    'sendoff-delivery': 'at-most-once',
    'sendoff-idle-timeout': '1m',
    'sendoff-tags': 'a, b',
    'sendoff-id': '018f0000-0000-7000-8000-000000000001',
  });
  assert.equal(answer.status, 202);
  const job = (await (await fetch(`${server.url}${answer.headers.get('location')}`)).json()) as {
    queue: string;
    tags: unknown;
    waiting: string;
  };
  assert.deepEqual([job.queue, job.tags, job.waiting], ['slow', ['a', 'b'], 'delay']);
});

test('what another sendoff says of its attempt is no option', async (t) => {
  const server = await startServer(t);
  const headers = { 'sendoff-attempt': '2', 'sendoff-deadline': '900000' };
  const path = `${server.url}/v1/to?url=http://127.0.0.1:61999/`;
  assert.equal((await fetch(path, { method: 'POST', headers })).status, 202);
});

test('a body of many megabytes arrives byte for byte', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  const body = randomBytes(9_000_001);
  const answer = await fetch(`${server.url}/v1/to?url=${target.url}/x`, { method: 'PUT', body });
  assert.equal(answer.status, 202);
  assert.ok((await target.atLeast(1))[0]?.body.equals(body));
});

test('a body over the limit is refused while it arrives', async (t) => {
  const server = await startServer(t, { requestBodyBytes: 1_000_000 });
  const url = `${server.url}/v1/to?url=http://127.0.0.1:61999/`;
  const statusOf = async (bytes: number): Promise<number> => {
    const body = new Blob([new Uint8Array(bytes)]).stream();
    return (await fetch(url, { method: 'POST', body, duplex: 'half' })).status;
  };
  assert.equal(await statusOf(1_000_001), 413);
  assert.equal(await server.stored(), 0);
  assert.equal(await statusOf(1_000_000), 202);
});

test('a request that came whole is a job, even if its sender has hung up', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  for (const bytes of [5, 300_000]) {
    const before = target.arrived.length;
    const socket = connect(server.port, '127.0.0.1');
    const head = `POST /v1/to?url=${target.url}/x HTTP/1.1\r\nHost: localhost\r\n`;
    socket.end(`${head}Content-Length: ${bytes}\r\n\r\n${'a'.repeat(bytes)}`);
    await once(socket, 'finish');
    socket.destroy();
    const arrived = await target.atLeast(before + 1);
    assert.equal(arrived[before]?.body.length, bytes);
  }
});

test('a sender that ends its side still gets its answer', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  const line = `POST /v1/to?url=${target.url}/x HTTP/1.1`;
  const text = [line, 'Host: localhost', 'Content-Length: 2', '', 'hi'].join('\r\n');
  const where = { host: '127.0.0.1', port: server.port };
  assert.equal((await exchangeRaw(where, text, { halfClose: true })).status, 202);
});

test('our own address is no target', async (t) => {
  const server = await startServer(t);
  for (const host of ['127.0.0.1', 'localhost', '0.0.0.0']) {
    const url = `http://${host}:${server.port}/healthz`;
    const answer = await fetch(`${server.url}/v1/to?url=${url}`, { method: 'POST' });
    assert.deepEqual(
      [answer.status, ((await answer.json()) as { code: string }).code],
      [422, 'self_target'],
    );
  }
});
