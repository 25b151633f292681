// Queues, limits and origins over HTTP: names in paths, and every bad input.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchangeRaw } from './raw-http.ts';
import { startServer, type TestServer } from './running-server.ts';

interface Asked {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** As it is written: no client in between that would tidy the path. */
async function ask(
  { port }: TestServer,
  line: string,
  { json, headers = '' }: { readonly json?: string; readonly headers?: string } = {},
): Promise<Asked & { readonly headers: Record<string, unknown> }> {
  const body = json ?? '';
  const type = json === undefined ? '' : 'Content-Type: application/json\r\n';
  const length = json === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const head = `${line} HTTP/1.1\r\nHost: localhost\r\n${type}${length}${headers}\r\n`;
  const answer = await exchangeRaw({ host: '127.0.0.1', port }, `${head}${body}`);
  const text = Buffer.from(answer.body, 'latin1').toString();
  return { ...answer, body: text === '' ? {} : JSON.parse(text) };
}

test('a name is read from the request target as it came, decoded once', async (t) => {
  const server = await startServer(t);
  const names = ['a', 'https://a.test:8443', '..', '.', 'a/../../jobs', 'a%2Fb', '/', 'é 😀', '+'];
  for (const name of names) {
    const path = `/v1/queues/${encodeURIComponent(name).replaceAll('.', '%2e')}`;
    const made = await ask(server, `PATCH ${path}`, { json: '{"concurrency": 3}' });
    assert.deepEqual([made.status, made.body.queue, made.body.concurrency], [200, name, 3], name);
    assert.equal((await ask(server, `GET ${path}`)).body.queue, name);
    assert.equal((await ask(server, `POST ${path}/pause`)).body.paused, true);
    assert.equal((await ask(server, `POST ${path}/resume`)).body.paused, false);
  }
  const listed = (await ask(server, 'GET /v1/queues')).body.queues as { queue: string }[];
  assert.deepEqual(new Set(listed.map(({ queue }) => queue)), new Set(names));
  for (const name of names) {
    const path = `/v1/queues/${encodeURIComponent(name).replaceAll('.', '%2e')}`;
    assert.equal((await ask(server, `DELETE ${path}`)).status, 204);
    assert.equal((await ask(server, `GET ${path}`)).body.concurrency, undefined);
  }
});

test('what is no name, no method and no path of ours is refused', async (t) => {
  const server = await startServer(t);
  const refused: [string, number, string][] = [
    ['GET /v1/queues/none', 404, 'not_found'],
    ['GET /v1/queues/', 404, 'not_found'],
    ['GET /v1/queues/..', 404, 'not_found'],
    ['GET /v1/queues/../jobs', 404, 'not_found'],
    ['GET /v1/queues/https://a.test', 404, 'not_found'],
    ['GET /v1/queues/a/start', 404, 'not_found'],
    ['GET /v1/limits/none', 404, 'not_found'],
    ['POST /v1/limits/none/resume', 404, 'not_found'],
    ['GET /v1/queues/%E4', 400, 'invalid_text'],
    ['GET /v1/queues/a%00', 400, 'invalid_text'],
    ['GET /v1/queues/a%0ab', 400, 'invalid_text'],
    [`GET /v1/queues/${'x'.repeat(256)}`, 400, 'invalid_field'],
    ['GET /v1/queues/a?b=c', 400, 'unknown_parameter'],
    ['PUT /v1/queues/a', 405, 'method_not_allowed'],
    ['GET /v1/queues/a/pause', 405, 'method_not_allowed'],
    ['POST /v1/queues', 405, 'method_not_allowed'],
    ['DELETE /v1/origins', 405, 'method_not_allowed'],
    ['GET /v1/queues?limit=0', 400, 'invalid_limit'],
    ['GET /v1/limits?limit=201', 400, 'invalid_limit'],
    ['GET /v1/origins?limit=x', 400, 'invalid_limit'],
    [`GET /v1/queues?cursor=${'x'.repeat(300)}`, 400, 'invalid_cursor'],
    ['GET /v1/queues?page=2', 400, 'unknown_parameter'],
    ['GET /v1/jobs/1/why', 400, 'invalid_id'],
    ['GET /v1/jobs/018f0000-0000-7000-8000-000000000001/why', 404, 'not_found'],
  ];
  for (const [line, status, code] of refused) {
    const answer = await ask(server, line);
    assert.deepEqual([answer.status, answer.body.code], [status, code], line);
  }
  const { headers } = await ask(server, 'PUT /v1/queues/a');
  assert.equal(headers.allow, 'GET, HEAD, PATCH, DELETE');
});

test('a change that is not understood changes nothing, and names its field', async (t) => {
  const server = await startServer(t);
  const refused: [string, number, string, string | undefined][] = [
    ['{"concurency": 5}', 400, 'unknown_field', 'concurency'],
    ['{"concurrency": 0}', 400, 'number_out_of_range', 'concurrency'],
    ['{"concurrency": 1e9}', 400, 'number_out_of_range', 'concurrency'],
    ['{"rate": "7/y"}', 400, 'invalid_field', 'rate'],
    ['{"rate": "1/8d"}', 400, 'invalid_duration', 'rate'],
    ['{"rate": "0/s"}', 400, 'invalid_field', 'rate'],
    ['{"order": true}', 400, 'invalid_field', 'order'],
    ['{"pin": 1}', 400, 'invalid_field', 'pin'],
    ['{}', 400, 'invalid_field', undefined],
    ['[]', 400, 'invalid_json_type', undefined],
    ['{"rate": "1/s", "rate": "2/s"}', 400, 'invalid_json', undefined],
    ['{', 400, 'invalid_json', undefined],
    ['', 400, 'invalid_json', undefined],
    [`{"rate": "${'1'.repeat(20_000)}/s"}`, 413, 'body_too_large', undefined],
  ];
  for (const [json, status, code, field] of refused) {
    const { status: got, body } = await ask(server, 'PATCH /v1/queues/w', { json });
    assert.deepEqual([got, body.code, body.field], [status, code, field], json.slice(0, 40));
  }
  const hint = await ask(server, 'PATCH /v1/queues/w', { json: '{"concurency": 5}' });
  assert.match(String(hint.body.detail), /did you mean `concurrency`/);
  const limit = await ask(server, 'PATCH /v1/limits/w', { json: '{"order": "strict"}' });
  assert.equal(limit.body.code, 'unknown_field');
  const form = { headers: 'Content-Type: application/x-www-form-urlencoded\r\n' };
  assert.equal((await ask(server, 'PATCH /v1/queues/w', form)).status, 415);
  const option = { json: '{"burst": 2}', headers: 'Sendoff-Queue: x\r\n' };
  assert.equal((await ask(server, 'PATCH /v1/queues/w', option)).body.code, 'unknown_field');
  assert.equal((await ask(server, 'GET /v1/queues/w')).status, 404);
});

test('pages of other sites can neither look nor pause', async (t) => {
  const server = await startServer(t);
  const headers = 'Sec-Fetch-Site: cross-site\r\n';
  for (const line of ['GET /v1/queues/a', 'POST /v1/queues/a/pause', 'DELETE /v1/limits/a']) {
    assert.deepEqual((await ask(server, line, { headers })).body.code, 'cross_site', line);
  }
});

test('who asks for a token asks for it here too', async (t) => {
  const server = await startServer(t, { token: 'secret' });
  assert.equal((await ask(server, 'GET /v1/queues/a')).status, 401);
  const headers = 'Authorization: Bearer secret\r\n';
  assert.equal((await ask(server, 'POST /v1/queues/a/pause', { headers })).status, 200);
});

test('what a job changes stands in its receipt and in the view of the queue', async (t) => {
  const server = await startServer(t);
  const to = `${server.url}/v1/to?url=https://nowhere.test/`;
  const send = async (concurrency: string): Promise<{ id: string; notes?: string[] }> => {
    const options = { 'sendoff-queue': 'q', 'sendoff-queue-concurrency': concurrency };
    const headers = { ...options, 'sendoff-delay': '1h' };
    return (await fetch(to, { method: 'POST', headers })).json() as never;
  };
  assert.equal((await send('2')).notes, undefined);
  const second = await send('3');
  assert.deepEqual(second.notes, ['`concurrency` of queue `q` was 2 and is 3 from now on']);
  const { body } = await ask(server, 'GET /v1/queues/q');
  const { at, ...last } = body.lastDisagreement as Record<string, unknown>;
  assert.deepEqual(last, {
    ...{ field: 'concurrency', had: 2, said: 3 },
    ...{ jobId: second.id, applied: true },
  });
  const why = await ask(server, `GET /v1/jobs/${second.id}/why`);
  assert.deepEqual([why.body.reason, why.body.text], ['delay', 'due in 60 min']);
  const job = { url: 'https://nowhere.test/', queue: { name: 'q', concurrency: 4 }, delay: '1h' };
  const group = await fetch(`${server.url}/v1/groups`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requests: [job, job] }),
  });
  const { notes } = (await group.json()) as { notes: string[] };
  assert.deepEqual(notes, ['`concurrency` of queue `q` was 3 and is 4 from now on']);
});
