// Looking at jobs: their answers byte for byte, lists, events, and what operators read.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type Reply, startTarget } from './ledger-target.ts';
import { exchangeRaw } from './raw-http.ts';
import { startServer, type TestServer } from './running-server.ts';

async function codeOf(server: TestServer, path: string, init?: RequestInit): Promise<unknown[]> {
  const answer = await fetch(`${server.url}${path}`, init);
  return [answer.status, ((await answer.json()) as { code?: string }).code];
}

async function settledJob(server: TestServer, target: string): Promise<string> {
  const headers = { prefer: 'wait=9' };
  const answer = await fetch(`${server.url}/v1/to?url=${target}/x`, { method: 'POST', headers });
  await answer.arrayBuffer();
  return `/v1/jobs/${answer.headers.get('sendoff-job')}`;
}

test('an answer of megabytes is given back byte for byte, as a download', async (t) => {
  const body = randomBytes(3_000_001);
  const reply: Reply = (_, response) => {
    response.writeHead(203, {
      'Content-Type': 'text/html',
      'Content-Disposition': 'inline; filename="a.html"',
      'Access-Control-Allow-Origin': '*',
      'Content-Security-Policy': "default-src 'unsafe-inline'",
      'Strict-Transport-Security': 'max-age=1',
      'Clear-Site-Data': '"*"',
      'Set-Cookie': 'a=b',
      'Content-Encoding': 'x-mine',
    });
    response.end(body);
  };
  const target = await startTarget(t, reply);
  const server = await startServer(t);
  const path = await settledJob(server, target.url);
  const answer = await fetch(`${server.url}${path}/response`);
  assert.equal(answer.status, 203);
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body));
  const headers = Object.fromEntries(answer.headers);
  assert.equal(headers['content-disposition'], 'attachment; filename="a.html"');
  assert.equal(headers['content-security-policy'], 'sandbox');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['sendoff-state'], 'succeeded');
  assert.equal(headers['content-encoding'], 'x-mine');
  for (const name of ['access-control-allow-origin', 'set-cookie', 'clear-site-data']) {
    assert.equal(headers[name], undefined, name);
  }
  const head = await fetch(`${server.url}${path}/response`, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length')], [203, '3000001']);
  assert.equal((await head.arrayBuffer()).byteLength, 0);
});

test('answers without a body stay so, and the connection goes on', async (t) => {
  const target = await startTarget(t, (_, response) => response.writeHead(204).end());
  const server = await startServer(t);
  const path = await settledJob(server, target.url);
  const get = `GET ${path}/response HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const answer = await exchangeRaw({ host: '127.0.0.1', port: server.port }, get);
  assert.deepEqual([answer.status, answer.headers['content-length']], [204, undefined]);
});

test('a job that is not settled has no answer yet', async (t) => {
  const server = await startServer(t);
  const to = `${server.url}/v1/to?url=http://127.0.0.1:61999/`;
  const receipt = await fetch(to, { method: 'POST', headers: { 'sendoff-delay': '1h' } });
  const path = receipt.headers.get('location');
  const waiting = await fetch(`${server.url}${path}/response`);
  assert.deepEqual([waiting.status, waiting.headers.get('retry-after')], [202, '1']);
  const cancelled = await fetch(`${server.url}${path}/cancel`, { method: 'POST' });
  assert.deepEqual(
    [cancelled.status, ((await cancelled.json()) as { cancelled: string }).cancelled],
    [200, 'removed'],
  );
  assert.deepEqual(await codeOf(server, `${path}/cancel`, { method: 'POST' }), [
    409,
    'already_final',
  ]);
  const retried = await fetch(`${server.url}${path}/retry`, { method: 'POST' });
  assert.equal(retried.status, 202);
});

test('unknown jobs, foreign ids, cursors and limits have their codes (I02-I07)', async (t) => {
  const server = await startServer(t);
  const unknown = '/v1/jobs/018f0000-0000-7000-8000-000000000001';
  for (const path of [unknown, `${unknown}/attempts`, `${unknown}/response`]) {
    assert.deepEqual(await codeOf(server, path), [404, 'not_found'], path);
  }
  assert.deepEqual(await codeOf(server, `${unknown}/cancel`, { method: 'POST' }), [
    404,
    'not_found',
  ]);
  assert.deepEqual(await codeOf(server, '/v1/jobs/1'), [400, 'invalid_id']);
  for (const limit of ['0', '-1', '1e9', 'abc', '201', '']) {
    assert.deepEqual(
      await codeOf(server, `/v1/jobs?limit=${limit}`),
      [400, 'invalid_limit'],
      limit,
    );
  }
  for (const cursor of ['x', '1.deadbeef', 'a'.repeat(5_000)]) {
    assert.deepEqual(await codeOf(server, `/v1/jobs?cursor=${cursor}`), [400, 'invalid_cursor']);
  }
  assert.deepEqual(await codeOf(server, '/v1/jobs?stat=failed'), [400, 'unknown_parameter']);
  assert.deepEqual(await codeOf(server, '/v1/jobs?state=done'), [400, 'invalid_field']);
  assert.deepEqual(await codeOf(server, "/v1/jobs?url=%25_'%22*&state=failed"), [200, undefined]);
});

test('events come as they happen, and a reader who comes back gets what it missed', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  const stop = new AbortController();
  const { signal } = stop;
  const stream = await fetch(`${server.url}/v1/events`, { signal });
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  await settledJob(server, target.url);
  const first = await readUntil(stream, 'job.succeeded');
  assert.match(first, /^retry: \d{4}\n\n/);
  const stored = /id: (\S+)\nevent: job\.stored\ndata: (.*)\n\n/.exec(first);
  assert.equal((JSON.parse(stored?.[2] ?? '') as { type: string }).type, 'job.stored');
  const headers = { 'last-event-id': stored?.[1] ?? '' };
  const again = await readUntil(
    await fetch(`${server.url}/v1/events`, { headers, signal }),
    'job.succeeded',
  );
  assert.match(again, /event: job\.started/);
  assert.doesNotMatch(again, /event: job\.stored|event: reset/);
  const junk = { 'last-event-id': '<script>' };
  const reset = await readUntil(
    await fetch(`${server.url}/v1/events`, { headers: junk, signal }),
    'reset',
  );
  assert.match(reset, /event: reset/);
  stop.abort();
});

async function readUntil(answer: Response, mark: string): Promise<string> {
  let text = '';
  for await (const chunk of answer.body ?? assert.fail()) {
    text += Buffer.from(chunk).toString();
    if (text.includes(`event: ${mark}\n`)) break;
  }
  return text;
}

test('operators can read health, metrics, counters and the description', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  await settledJob(server, target.url);
  for (const path of ['/healthz', '/readyz']) {
    assert.equal((await fetch(`${server.url}${path}`)).status, 200);
  }
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^sendoff_jobs_stored_total 1$/m);
  assert.match(metrics, /^sendoff_events_total\{type="job.stored"\} 1$/m);
  assert.match(metrics, /^sendoff_attempt_seconds_count\{outcome="succeeded"\} 1$/m);
  assert.match(metrics, /^sendoff_attempt_seconds_bucket\{outcome="failed",le="\+Inf"\} 0$/m);
  assert.match(metrics, /^sendoff_wait_seconds_bucket\{le="86400"\} 1$/m);
  const accept = 'application/openmetrics-text; version=1.0.0';
  const open = await fetch(`${server.url}/metrics`, { headers: { accept } });
  assert.match(open.headers.get('content-type') ?? '', /openmetrics/);
  assert.match(await open.text(), /# EOF\n$/);
  const answer = await fetch(`${server.url}/openapi.json`);
  const text = await answer.text();
  const description = JSON.parse(text) as {
    openapi: string;
    components: { schemas: Record<string, unknown> };
  };
  assert.equal(description.openapi, '3.1.0');
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    assert.ok(description.components.schemas[name as string], String(name));
  }
  assert.doesNotMatch(text, /#\/\$defs/);
});
