// Groups over HTTP: several requests as one, their results in one answer, and nothing lost when the
// answer does not get through.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startTarget } from './ledger-target.ts';
import { startServer, type TestServer } from './running-server.ts';

interface Result {
  readonly id: string;
  readonly state: string;
  readonly ok: boolean;
  readonly status?: number;
  readonly body?: string;
  readonly bodyBase64?: string;
  readonly bodyBytes?: number;
  readonly reason?: string;
  readonly error?: string;
  readonly truncated?: boolean;
}

interface Group {
  readonly id: string;
  readonly state: string;
  readonly duplicate?: boolean;
  readonly results: Record<string, Result>;
  readonly code?: string;
  readonly field?: string;
}

async function post(server: TestServer, group: unknown, prefer?: string) {
  const body = typeof group === 'string' ? group : JSON.stringify(group);
  const headers = { 'content-type': 'application/json', ...(prefer && { prefer }) };
  const answer = await fetch(`${server.url}/v1/groups`, { method: 'POST', body, headers });
  return { status: answer.status, headers: answer.headers, group: (await answer.json()) as Group };
}

test('results in time come under the keys of their requests', async (t) => {
  const target = await startTarget(t, ({ path: url }, response) => {
    response.statusCode = url === '/gone' ? 404 : 200;
    response.end(url === '/bytes' ? Buffer.from([0xff, 0x00]) : `at ${url}`);
  });
  const server = await startServer(t);
  const requests = {
    text: { url: `${target.url}/text` },
    bytes: { url: `${target.url}/bytes` },
    gone: { url: `${target.url}/gone` },
    nobody: { url: 'http://127.0.0.1:61999/', retries: 0 },
  };
  const { status, headers, group } = await post(server, { requests }, 'wait=9');
  assert.equal(status, 200);
  assert.equal(headers.get('preference-applied'), 'wait=9');
  assert.equal(headers.get('location'), `/v1/groups/${group.id}`);
  assert.equal(group.state, 'failed');
  assert.deepEqual(Object.keys(group.results), Object.keys(requests));
  const { text: textual, bytes, gone, nobody } = group.results;
  assert.deepEqual([textual?.ok, textual?.status, textual?.body], [true, 200, 'at /text']);
  assert.deepEqual([bytes?.ok, bytes?.bodyBase64], [true, '/wA=']);
  assert.deepEqual([gone?.ok, gone?.state, gone?.reason], [false, 'failed', 'rejected']);
  assert.equal(gone?.body, 'at /gone');
  assert.deepEqual([nobody?.ok, nobody?.reason, nobody?.error], [false, 'exhausted', 'refused']);
});

test('what is late is said to be, and is there later', async (t) => {
  let release: () => void = () => {};
  const target = await startTarget(t, ({ path: url }, response) => {
    if (url === '/late') release = () => void response.end('late');
    else response.end('quick');
  });
  const server = await startServer(t);
  const requests = [{ url: `${target.url}/quick` }, { url: `${target.url}/late` }];
  const { status, headers, group } = await post(server, { requests }, 'wait=1');
  assert.deepEqual([status, group.state], [202, 'pending']);
  const [quick, late] = group.results as unknown as Result[];
  assert.deepEqual([quick?.body, late?.ok, late?.state], ['quick', false, 'pending']);
  release();
  const path = `${server.url}${headers.get('location')}`;
  const later = await fetch(path, { headers: { prefer: 'wait=9' } });
  const joined = (await later.json()) as Group & { readonly results: Result[] };
  assert.deepEqual([later.status, joined.state], [200, 'succeeded']);
  assert.deepEqual(
    joined.results.map(({ body }) => body),
    ['quick', 'late'],
  );
});

test('as NDJSON each result is a line, sent when it comes', async (t) => {
  let release: () => void = () => {};
  const target = await startTarget(t, ({ path: url }, response) => {
    if (url === '/slow') release = () => void response.end('slow');
    else response.end('quick');
  });
  const server = await startServer(t);
  const requests = { slow: { url: `${target.url}/slow` }, quick: { url: `${target.url}/quick` } };
  const { group } = await post(server, { requests });
  const headers = { accept: 'application/x-ndjson', prefer: 'wait=9' };
  const answer = await fetch(`${server.url}/v1/groups/${group.id}`, { headers });
  const keys: string[] = [];
  for await (const piece of answer.body ?? []) {
    for (const line of Buffer.from(piece).toString().trim().split('\n')) {
      keys.push((JSON.parse(line) as { key: string }).key);
      if (keys.length === 1) release();
    }
  }
  assert.deepEqual(keys, ['quick', 'slow']);
});

test('a payload goes out as it was written, under any key', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  const document = `{"retries":0,"requests":{
    "2":{"json":{"n":1.0,"n":12345678901234567890},"url":"${target.url}/2"},
    "__proto__":{"url":"${target.url}/p","json":[ 1 ]},
    "a\\"\\u00e4":{"url":"${target.url}/a","json":"}]"},
    "twice":{"url":"${target.url}/no","json":1},"twice":{"url":"${target.url}/twice","json":2}}}`;
  const { status, group } = await post(server, document, 'wait=9');
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(group.results), ['2', '__proto__', 'a"ä', 'twice']);
  const bodies = new Map(target.arrived.map(({ path: url, body }) => [url, String(body)]));
  assert.deepEqual(
    ['/2', '/p', '/a', '/twice', '/no'].map((path) => bodies.get(path)),
    ['{"n":1.0,"n":12345678901234567890}', '[ 1 ]', '"}]"', '2', undefined],
  );
});

test('options of the group hold for the requests that do not say otherwise', async (t) => {
  const target = await startTarget(t, (_, response) => {
    response.statusCode = 503;
    response.end();
  });
  const server = await startServer(t);
  const requests = {
    once: { url: `${target.url}/once` },
    thrice: { url: `${target.url}/thrice`, retry: { limit: 2, delays: [1] } },
  };
  const { group } = await post(server, { requests, retries: 0, tags: ['checkout'] }, 'wait=9');
  const jobs = Object.values(group.results).map(async ({ id }) => {
    const answer = await fetch(`${server.url}/v1/jobs/${id}`);
    return (await answer.json()) as { attempts: number; tags: string[] };
  });
  const [once, thrice] = await Promise.all(jobs);
  assert.deepEqual([once?.attempts, thrice?.attempts], [1, 3]);
  assert.deepEqual(once?.tags, ['checkout']);
});

test('a large body is left to its job', async (t) => {
  const large = Buffer.alloc(1_048_577, 'x');
  const target = await startTarget(t, (_, response) => response.end(large));
  const server = await startServer(t);
  const { group } = await post(server, { requests: [{ url: target.url }] }, 'wait=9');
  const [one] = group.results as unknown as Result[];
  assert.deepEqual([one?.ok, one?.truncated, one?.body], [true, true, undefined]);
  assert.equal(one?.bodyBytes, large.length);
  const whole = await fetch(`${server.url}/v1/jobs/${one?.id}/response`);
  assert.equal((await whole.arrayBuffer()).byteLength, large.length);
});

test('a job that stands for many requests does not make an endless answer', async (t) => {
  const target = await startTarget(t, (_, response) => response.end(Buffer.alloc(1_048_576, 'x')));
  const server = await startServer(t);
  const requests = Array.from({ length: 1_000 }, () => ({ url: target.url, key: 'one' }));
  const { status, group } = await post(server, { requests }, 'wait=9');
  assert.equal(status, 200);
  const results = group.results as unknown as Result[];
  assert.equal(new Set(results.map(({ id }) => id)).size, 1);
  assert.deepEqual([results[0]?.truncated, results[0]?.body], [true, undefined]);
});

test('the same group again is the same jobs; with other content it is refused', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  const id = randomUUID();
  const group = { id, requests: { a: { url: `${target.url}/a` } } };
  const first = await post(server, group, 'wait=9');
  const second = await post(server, group);
  assert.deepEqual([first.group.duplicate, second.group.duplicate], [false, true]);
  assert.equal(second.status, 200);
  assert.equal(second.group.results.a?.id, first.group.results.a?.id);
  const other = await post(server, { ...group, requests: { b: { url: `${target.url}/a` } } });
  assert.deepEqual([other.status, other.group.code], [422, 'idempotency_mismatch']);
  assert.equal(await server.stored(), 1);
});

test('a connection that is cut while waiting loses nothing', async (t) => {
  let release: () => void = () => {};
  const target = await startTarget(t, (_, response) => {
    release = () => void response.end('done');
  });
  const server = await startServer(t);
  const id = randomUUID();
  const body = JSON.stringify({ id, requests: { a: { url: `${target.url}/a` } } });
  const headers = { 'content-type': 'application/json', prefer: 'wait=60' };
  const sent = request(`${server.url}/v1/groups`, { method: 'POST', headers, agent: false });
  sent.on('error', () => {
    // We cut it ourselves.
  });
  sent.end(body);
  await target.atLeast(1);
  const closed = new Promise((resolve) => sent.once('close', resolve));
  sent.destroy();
  await closed;
  release();
  const answer = await fetch(`${server.url}/v1/groups/${id}`, { headers: { prefer: 'wait=9' } });
  assert.equal(((await answer.json()) as Group).results.a?.body, 'done');
});

test('what is wrong is refused with its place, and nothing is stored', async (t) => {
  const server = await startServer(t);
  const url = 'http://127.0.0.1:61999/';
  const many = Array.from({ length: 1_001 }, () => ({ url }));
  const named = Object.fromEntries(many.map((one, n) => [`k${n}`, one]));
  const wrong: [unknown, string, string?][] = [
    [{ requests: { a: { url }, b: { url: 'x' } } }, 'invalid_url', 'requests.b.url'],
    [{ requests: [{ url }, { url, retires: 1 }] }, 'unknown_field', 'requests[1].retires'],
    [{ requests: { a: { url, json: 1, body: '' } } }, 'invalid_field', 'requests.a.json'],
    [{ requests: { a: 1 } }, 'invalid_json_type', 'requests.a'],
    [{ requests: many }, 'batch_too_large'],
    [{ requests: named }, 'batch_too_large', 'requests'],
    [{ requests: {} }, 'invalid_field', 'requests'],
    [{ requests: [] }, 'invalid_json_type'],
    [{ requests: 'all' }, 'invalid_field', 'requests'],
    [{}, 'invalid_field', 'requests'],
    [{ requests: { '': { url } } }, 'invalid_field', 'requests'],
    [{ requests: [{ url }], join: 'most' }, 'invalid_field', 'join'],
    [{ requests: [{ url }], id: 'X' }, 'invalid_id', 'id'],
    [{ requests: [{ url }], key: 'k' }, 'unknown_field', 'key'],
    [{ requests: [{ url }], callback: url }, 'unknown_field', 'callback'],
    [[], 'invalid_json_type'],
    ['{"requests":{"a":{"url":"http://x/"}', 'invalid_json'],
    [`{"requests":{"a":${'['.repeat(70)}${']'.repeat(70)}}}`, 'json_too_deep'],
  ];
  for (const [document, code, field] of wrong) {
    const { status, group } = await post(server, document);
    assert.deepEqual([status >= 400, group.code], [true, code], JSON.stringify(group));
    if (field !== undefined) assert.equal(group.field, field);
  }
  assert.equal(await server.stored(), 0);
  const missing = await fetch(`${server.url}/v1/groups/${randomUUID()}`);
  assert.equal(missing.status, 404);
  const wrongMethod = await fetch(`${server.url}/v1/groups`, { method: 'PUT' });
  assert.deepEqual([wrongMethod.status, wrongMethod.headers.get('allow')], [405, 'POST']);
});

test('a join that nobody knows is told which there are', async (t) => {
  const server = await startServer(t);
  const body = JSON.stringify({ requests: [{ url: 'http://127.0.0.1:61999/' }], join: 'any' });
  const headers = { 'content-type': 'application/json' };
  const sent = request(`${server.url}/v1/groups`, { method: 'POST', headers, agent: false });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  assert.equal(answer.statusCode, 400);
  assert.match(await text(answer), /Expected `join` to be `all`, got `any`/);
});
