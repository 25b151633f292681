import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { openClient } from './client.ts';
import { systemClock } from './clock.ts';
import type { JobEvent } from './sendoff.ts';

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
async function serve(handler: Handler, socketPath?: string): Promise<string> {
  const server = createServer((request, response) => void handler(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socketPath ?? 0, resolve));
  if (socketPath !== undefined) return `unix:${socketPath}`;
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

function receipt(id: string, duplicate = false): object {
  return { id, state: 'pending', queue: 'q', runAt: '2026-01-01T00:00:00.000Z', duplicate };
}

test('a cut connection is repeated by the same id and makes no duplicate', async () => {
  const ids: string[] = [];
  const url = await serve(async (request, response) => {
    ids.push(JSON.parse(await textOf(request)).id);
    if (ids.length === 1) request.socket.destroy();
    else json(response, 202, receipt(ids[0]!, true));
  });
  await using client = openClient(url);
  const sent = await client.send(target);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
  assert.equal(sent.duplicate, false);
});

test('a busy server is asked again, other refusals are thrown with their code', async () => {
  let calls = 0;
  const url = await serve(async (request, response) => {
    await textOf(request);
    if (++calls === 1) json(response, 503, { code: 'busy', detail: 'Too much' });
    else json(response, 422, { code: 'self_target', detail: 'Not me', field: 'url', job: 'j' });
  });
  await using client = openClient(url);
  await assert.rejects(client.send(target), {
    name: 'SendoffError',
    code: 'self_target',
    message: 'Not me',
    field: 'url',
    jobId: 'j',
  });
  assert.equal(calls, 2);
});

test('an address without a server, and one that is no sendoff server, are named', async () => {
  const path = join(tmpdir(), `sendoff-none-${systemClock.id()}.sock`);
  await using none = openClient(`unix:${path}`);
  await assert.rejects(none.get('x'), { code: 'unreachable', message: new RegExp(path) });
  const url = await serve((_, response) => response.writeHead(404).end('<html>'));
  await using other = openClient(url);
  await assert.rejects(other.get('x'), { code: 'unreachable', message: new RegExp(url) });
});

test('a Unix socket serves as well as a port', async () => {
  const path = join(tmpdir(), `sendoff-${systemClock.id()}.sock`);
  const url = await serve((_, response) => json(response, 200, { jobs: [] }), path);
  await using client = openClient(url);
  assert.deepEqual(await client.list({ state: 'failed' }), { jobs: [] });
});

test('an unknown job is undefined, and its verbs are refused', async () => {
  const url = await serve((_, response) =>
    json(response, 404, { code: 'not_found', detail: 'No' }),
  );
  await using client = openClient(url);
  assert.equal(await client.get('x'), undefined);
  await assert.rejects(client.cancel('x'), { code: 'not_found' });
  await assert.rejects(client.response('x'), { code: 'not_found' });
});

test('fetch waits through a cut connection and gives the target’s whole answer', async () => {
  let polls = 0;
  const settled = {
    state: 'succeeded',
    target: { url: target },
    response: {
      status: 201,
      headers: [
        ['Set-Cookie', 'a=1'],
        ['X-A', 'b'],
      ],
      bodyBytes: 3,
      truncated: false,
      incomplete: false,
    },
  };
  const url = await serve(async (request, response) => {
    if (request.method === 'POST') {
      return json(response, 202, receipt(JSON.parse(await textOf(request)).id));
    }
    if (request.url!.endsWith('/response')) {
      return response.writeHead(201, { 'sendoff-state': 'succeeded' }).end('abc');
    }
    assert.match(String(request.headers.prefer), /^wait=/);
    if (++polls === 1) return request.socket.destroy();
    const id = request.url!.split('/').at(-1);
    return json(response, 200, polls === 2 ? { id, state: 'running' } : { id, ...settled });
  });
  await using client = openClient(url);
  const response = await client.fetch(target);
  assert.equal(response.status, 201);
  assert.deepEqual(response.headers.getSetCookie(), ['a=1']);
  assert.equal(await response.text(), 'abc');
  assert.equal(polls, 3);
});

test('a server whose store is closed already is given time to come back', async () => {
  const settled = {
    state: 'succeeded',
    target: { url: target },
    response: { status: 200, headers: [], bodyBytes: 2, truncated: false, incomplete: false },
  };
  const asked = new Map<string, number>();
  const url = await serve(async (request, response) => {
    const what = `${request.method} ${request.url!.split('/').at(-1)}`;
    asked.set(what, (asked.get(what) ?? 0) + 1);
    await textOf(request);
    if (asked.get(what) === 1) {
      return json(response, 503, { code: 'closed', detail: 'The store is closed' });
    }
    if (request.method === 'POST') return json(response, 202, receipt('id'));
    if (!request.url!.endsWith('/response')) return json(response, 200, { id: 'id', ...settled });
    return response.writeHead(200, { 'sendoff-state': 'succeeded' }).end('ok');
  });
  await using client = openClient(url);
  assert.equal(await (await client.fetch(target)).text(), 'ok');
  assert.deepEqual([...asked.values()], [2, 2, 2]);
});

test('a cancel is not repeated after `closed`: it may have happened', async () => {
  let calls = 0;
  const url = await serve((_, response) => {
    calls++;
    json(response, 503, { code: 'closed', detail: 'The store is closed' });
  });
  await using client = openClient(url);
  await assert.rejects(client.cancel('x'), { code: 'closed' });
  assert.equal(calls, 1);
});

test('events end quietly when they are given up and when the client closes', async () => {
  const url = await serve((_, response) => {
    response.write('id: b-1\nevent: job.stored\ndata: {"id":"b-1"}\n\n');
  });
  const client = openClient(url);
  const stop = new AbortController();
  const given = client.events({ signal: stop.signal })[Symbol.asyncIterator]();
  const kept = client.events()[Symbol.asyncIterator]();
  await Promise.all([given.next(), kept.next()]);
  const endings = [given.next(), kept.next()];
  stop.abort();
  await client.close();
  for (const { done } of await Promise.all(endings)) assert.equal(done, true);
  await assert.rejects(client.events()[Symbol.asyncIterator]().next(), { code: 'closed' });
});

test('aborting stops the waiting, closing stops every waiting', async () => {
  const url = await serve(async (request, response) => {
    if (request.method === 'POST') json(response, 202, receipt('id'));
  });
  await using client = openClient(url);
  const sent = await client.send(target);
  const stop = new AbortController();
  const waiting = sent.done({ signal: stop.signal });
  stop.abort();
  await assert.rejects(waiting, { code: 'aborted', cause: stop.signal.reason });
  const other = assert.rejects(sent.done(), { code: 'closed' });
  await client.close();
  await other;
  await assert.rejects(client.send(target), { code: 'closed' });
});

test('events go on after the last one when the connection is cut', async () => {
  const asked: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined);
    const n = asked.length;
    response.write(`retry: 1\n\nid: b-${n}\nevent: job.stored\ndata: {"id":"b-${n}"}\n\n`);
    if (n === 1) setImmediate(() => request.socket.destroy());
  });
  await using client = openClient(url);
  const seen: JobEvent[] = [];
  for await (const event of client.events({ since: 'b-0' })) {
    seen.push(event);
    if (seen.length === 2) break;
  }
  assert.deepEqual(
    seen.map(({ id }) => id),
    ['b-1', 'b-2'],
  );
  assert.deepEqual(asked, ['b-0', 'b-1']);
});

test('addresses that cannot be a server are refused', () => {
  for (const url of ['nonsense', 'ftp://a', 'unix:', 'http://a/b', 'http://a?b=1']) {
    assert.throws(() => openClient(url), { code: 'invalid_url' }, url);
  }
  assert.throws(() => openClient('http://me:secret@a'), { code: 'url_credentials' });
});
