// `POST /v1/jobs`: one job, an array, or lines; and the JSON of strangers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { startTarget } from './ledger-target.ts';
import { startServer, type TestServer } from './running-server.ts';

const url = 'http://127.0.0.1:61999/x';
const json = { 'content-type': 'application/json' };

function post(
  server: TestServer,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = json,
): Promise<Response> {
  return fetch(`${server.url}/v1/jobs`, { method: 'POST', body, headers });
}

async function assertRefused(
  server: TestServer,
  body: string | Uint8Array<ArrayBuffer>,
  [status, code, index]: readonly [number, string, number?],
  headers?: Record<string, string>,
): Promise<void> {
  const answer = await post(server, body, headers);
  const problem = (await answer.json()) as { code: string; index?: number; detail: string };
  assert.deepEqual([answer.status, problem.code, problem.index], [status, code, index]);
  assert.equal(await server.stored(), 0);
}

test('a job is taken with a receipt that says where it is', async (t) => {
  const server = await startServer(t);
  const answer = await post(server, JSON.stringify({ url, delay: '1h', queue: 'a "b"' }));
  assert.equal(answer.status, 202);
  const receipt = (await answer.json()) as Record<string, unknown>;
  assert.equal(answer.headers.get('location'), `/v1/jobs/${receipt.id}`);
  assert.equal(answer.headers.get('sendoff-job'), receipt.id);
  assert.equal(answer.headers.get('sendoff-duplicate'), null);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.deepEqual([receipt.state, receipt.queue, receipt.duplicate], ['pending', 'a "b"', false]);
  assert.match(String(receipt.runAt), /^\d{4}-.*Z$/);
});

test('a key with the same content is a duplicate, with other content a mismatch', async (t) => {
  const server = await startServer(t);
  const headers = { ...json, 'idempotency-key': 'order-17' };
  const first = await post(server, JSON.stringify({ url, delay: '1h' }), headers);
  const again = await post(server, JSON.stringify({ url, delay: '2h', key: 'order-17' }));
  assert.equal(again.status, 202);
  assert.equal(again.headers.get('sendoff-duplicate'), 'true');
  assert.equal(again.headers.get('sendoff-job'), first.headers.get('sendoff-job'));
  const other = await post(server, JSON.stringify({ url, body: 'other' }), headers);
  const problem = (await other.json()) as Record<string, unknown>;
  assert.deepEqual([other.status, problem.code], [422, 'idempotency_mismatch']);
  assert.deepEqual([problem.job, problem.index], [first.headers.get('sendoff-job'), undefined]);
});

test('bodies arrive as text, as bytes, or as the JSON that was written (J07)', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  const payload = '{ "b": 1e400, "a": 9007199254740993, "__proto__": -0, "u": "\\ud800\\u0000" }';
  const jobs = [
    `{"url":"${target.url}/1","body":"h\u00e9llo\\u0000"}`,
    `{"url":"${target.url}/2","bodyBase64":"AP8="}`,
    `{"url":"${target.url}/3","json":${payload}}`,
    `{"url":"${target.url}/4","json":null,"headers":{"Content-Type":"application/x+json"}}`,
    `{"url":"${target.url}/5"}`,
  ];
  assert.equal((await post(server, `[${jobs.join(',')}]`)).status, 202);
  const byPath = new Map((await target.atLeast(5)).map((one) => [one.path, one]));
  const bodies = ['/1', '/2', '/3', '/4', '/5'].map((path) => byPath.get(path)?.body);
  const wanted = [Buffer.from('héllo\0'), Buffer.from([0, 255]), payload, 'null', ''];
  assert.deepEqual(
    bodies,
    wanted.map((body) => Buffer.from(body)),
  );
  assert.equal(byPath.get('/3')?.headers['content-type'], 'application/json');
  assert.equal(byPath.get('/4')?.headers['content-type'], 'application/x+json');
  assert.deepEqual([byPath.get('/5')?.method, byPath.get('/4')?.method], ['GET', 'POST']);
});

test('what is no job in JSON is refused with its code (J01-J08, J14, J16)', async (t) => {
  const server = await startServer(t);
  const rows: readonly (readonly [string | Uint8Array<ArrayBuffer>, string])[] = [
    ['', 'invalid_json'],
    ['null', 'invalid_json_type'],
    ['[]', 'invalid_json_type'],
    ['"x"', 'invalid_json_type'],
    ['42', 'invalid_json_type'],
    ['{"url":NaN}', 'invalid_json'],
    [`{"url":"${url}"} x`, 'invalid_json'],
    [`\ufeff{"url":"${url}"}`, 'invalid_json'],
    [`{"url":"${url}","json":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'json_too_deep'],
    [`{"url":"${url}","headers":{${manyKeys(20_000)}}}`, 'too_many_keys'],
    [`{"url":"${url}","__proto__":{"a":1}}`, 'unknown_field'],
    [`{"url":"${url}","constructor":1}`, 'unknown_field'],
    [`{"url":"${url}","retires":3}`, 'unknown_field'],
    [`{"url":"${url}","retries":1e400}`, 'number_out_of_range'],
    [`{"url":"${url}","queue":"\\ud800"}`, 'invalid_text'],
    [`{"url":"${url}","queue":"a\\u0000"}`, 'invalid_text'],
    [`{"url":"${url}","body":"\\ud800"}`, 'invalid_text'],
    [new Uint8Array([123, 34, 255, 34, 125]), 'invalid_text'],
    [`{"url":"${url}","bodyBase64":"@@@@"}`, 'invalid_base64'],
    [`{"url":"${url}","bodyBase64":"AAA"}`, 'invalid_base64'],
    [`{"url":"${url}","body":"a","json":1}`, 'invalid_field'],
    [`{"url":"${url}","body":{"a":1}}`, 'invalid_field'],
    [`{"url":"${url}","headers":{"Host":"a"}}`, 'header_not_allowed'],
    [`{"url":"${url}","headers":{"webhook-id":"a"}}`, 'header_not_allowed'],
  ];
  for (const [body, code] of rows) await assertRefused(server, body, [400, code]);
  assert.equal(({} as Record<string, unknown>).a, undefined);
});

test('only JSON without coding is read as JSON (J09, J11, W03)', async (t) => {
  const server = await startServer(t);
  const job = JSON.stringify({ url });
  const types = [
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
  ];
  for (const type of types) {
    const refusal = [415, 'content_type_not_supported'] as const;
    await assertRefused(server, job, refusal, { 'content-type': type });
  }
  const coded = { ...json, 'content-encoding': 'gzip' };
  await assertRefused(server, job, [415, 'content_encoding_not_supported'], coded);
  const misplaced = { ...json, 'sendoff-delay': '1h' };
  await assertRefused(server, job, [400, 'unknown_field'], misplaced);
  const type = 'application/vnd.x+json; charset=UTF-8';
  assert.equal((await post(server, job, { 'content-type': type })).status, 202);
});

test('a payload may be as large as the limit and not larger (J12)', async (t) => {
  const server = await startServer(t, { requestBodyBytes: 100_000 });
  const job = (bytes: number): string => JSON.stringify({ url, body: 'a'.repeat(bytes) });
  await assertRefused(server, job(100_001), [413, 'body_too_large']);
  await assertRefused(server, job(300_000), [413, 'body_too_large']);
  assert.equal((await post(server, job(100_000))).status, 202);
  assert.equal((await post(server, job(0))).status, 202);
});

test('an array is stored whole or not at all (J13)', async (t) => {
  const server = await startServer(t);
  const jobs = (count: number): object[] => Array.from({ length: count }, () => ({ url }));
  await assertRefused(server, JSON.stringify(jobs(1_001)), [400, 'batch_too_large']);
  const oneBad = JSON.stringify([...jobs(2), { url: 'x' }, ...jobs(2)]);
  await assertRefused(server, oneBad, [400, 'invalid_url', 2]);
  const id = '018f0000-0000-7000-8000-000000000001';
  const clash = JSON.stringify([{ url }, { url, id }, { url, id, body: 'other' }]);
  await assertRefused(server, clash, [422, 'idempotency_mismatch', 2]);
  const answer = await post(server, JSON.stringify(jobs(limits.jobsPerArray)));
  assert.equal(answer.status, 202);
  const { jobs: receipts } = (await answer.json()) as { jobs: { id: string }[] };
  assert.equal(new Set(receipts.map((receipt) => receipt.id)).size, limits.jobsPerArray);
  assert.equal(await server.stored(), limits.jobsPerArray);
});

function manyKeys(count: number): string {
  return Array.from({ length: count }, (_, at) => `"k${at}":"1"`).join(',');
}
