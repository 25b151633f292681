import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { openClient } from '../client.ts';
import { limits } from '../limits.ts';

const target = 'http://target.test/a';
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A real server on a real socket that answers as the test says. */
async function serve(handler: Handler): Promise<string> {
  const server = createServer((request, response) => void handler(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' });
  response.end(JSON.stringify(body));
}

function receipt(id: string): object {
  return { id, state: 'pending', queue: 'q', runAt: '2026-01-01T00:00:00.000Z', duplicate: false };
}

test('a small request travels as JSON with an id of its own and every header line', async () => {
  const seen: Record<string, unknown>[] = [];
  const url = await serve(async (request, response) => {
    const job = JSON.parse(await textOf(request));
    seen.push(job, { path: request.url, authorization: request.headers.authorization });
    json(response, 202, receipt(job.id));
  });
  await using client = openClient(url, { token: 'secret' });
  const headers: [string, string][] = [
    ['X-A', '1'],
    ['Cookie', 'c=1'],
    ['X-A', '2'],
  ];
  const sent = await client.send(target, { body: 'hello', headers, delay: '5s' });
  assert.match(sent.id, /^[0-9a-f-]{36}$/);
  const [job, call] = seen;
  assert.deepEqual(job!.headers, [...headers, ['content-type', 'text/plain;charset=UTF-8']]);
  assert.equal(Buffer.from(String(job!.bodyBase64), 'base64').toString(), 'hello');
  assert.equal(job!.delay, '5s');
  assert.deepEqual(call, { path: '/v1/jobs', authorization: 'Bearer secret' });
});

test('a large stream goes through the pass-through with its options as headers', async () => {
  const bytes = Buffer.alloc(limits.inlineBodyBytes * 3, 'x');
  let got: IncomingMessage | undefined;
  let body = '';
  const url = await serve(async (request, response) => {
    got = request;
    body = await textOf(request);
    json(response, 202, receipt(String(request.headers['sendoff-id'])));
  });
  await using client = openClient(url, { token: 'secret' });
  await client.send(`${target}?q=1&r=%2F`, {
    method: 'PUT',
    body: new Blob([bytes]).stream(),
    headers: { Cookie: 'c=1', Authorization: 'Basic x', 'X-A': '1' },
    timeout: 5_000,
    firstByteTimeout: 700,
    idleTimeout: '1m',
    delivery: 'at-most-once',
    retry: { limit: 2 },
    startBy: new Date(0),
  });
  assert.equal(got?.method, 'PUT');
  assert.equal(got.url, `/v1/to?url=${encodeURIComponent(`${target}?q=1&r=%2F`)}`);
  assert.equal(body.length, bytes.length);
  const { headers } = got;
  assert.equal(headers['sendoff-token'], 'secret');
  assert.equal(headers['sendoff-authorization'], 'Basic x');
  assert.equal(headers['sendoff-cookie'], 'c=1');
  assert.equal(headers['sendoff-timeout'], '5000ms');
  assert.equal(headers['sendoff-first-byte-timeout'], '700ms');
  assert.equal(headers['sendoff-idle-timeout'], '1m');
  assert.equal(headers['sendoff-delivery'], 'at-most-once');
  assert.equal(headers['sendoff-retry'], '{"limit":2}');
  assert.equal(headers['sendoff-start-by'], '1970-01-01T00:00:00.000Z');
  assert.equal(headers.authorization, undefined);
});

test('a large body refuses headers that the pass-through would drop', async () => {
  await using client = openClient('http://127.0.0.1:9');
  const body = 'x'.repeat(limits.inlineBodyBytes + 1);
  const sent = client.send(target, { body, headers: { Origin: 'http://a.test' } });
  await assert.rejects(sent, { code: 'header_not_allowed' });
});

test('headers mean the same beside a small body and a large one', async () => {
  const seen: { path: string | undefined; text: string; headers: IncomingMessage['headers'] }[] =
    [];
  const url = await serve(async (request, response) => {
    const text = await textOf(request);
    seen.push({ path: request.url, text, headers: request.headers });
    json(response, 202, receipt('id'));
  });
  await using client = openClient(url);
  const large = 'x'.repeat(limits.inlineBodyBytes + 1);
  const keyed = { 'Idempotency-Key': 'theirs' };
  for (const body of ['x', large]) {
    await client.send(target, { body, headers: keyed });
    const { path, text, headers } = seen.at(-1)!;
    assert.equal(path, '/v1/jobs');
    assert.equal(headers['idempotency-key'], undefined);
    const job = JSON.parse(text);
    assert.equal(job.key, undefined);
    assert.deepEqual(job.headers[0], ['Idempotency-Key', 'theirs']);
  }
  const stream = client.send(target, { body: new Blob([large]).stream(), headers: keyed });
  await assert.rejects(stream, { code: 'header_not_allowed', message: /`key`/ });
  for (const name of ['webhook-id', 'Sendoff-Attempt', 'host']) {
    const sent = client.send(target, { body: large, headers: { [name]: '1' } });
    await assert.rejects(sent, { code: 'header_not_allowed' }, name);
  }
  assert.equal(seen.length, 2);
});

test('a method is written in capitals beside a large body too', async () => {
  const methods: (string | undefined)[] = [];
  const url = await serve(async (request, response) => {
    methods.push(request.method);
    await textOf(request);
    json(response, 202, receipt('id'));
  });
  await using client = openClient(url);
  const body = 'x'.repeat(limits.inlineBodyBytes + 1);
  await client.send(target, { method: 'patch', body });
  assert.deepEqual(methods, ['PATCH']);
});
