// The caller's trace, its hand-over, each attempt and what the target gets: one picture.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, beforeEach, test } from 'node:test';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { open } from '../src/index.ts';
import { startServer } from './api/running-server.ts';
import { call } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { activeContexts, type RecordedSpan, SpanRecorder } from './support/span-recorder.ts';
import { startTarget } from './support/target-server.ts';
import { until } from './support/until.ts';

const recorder = new SpanRecorder();
trace.setGlobalTracerProvider(recorder);
context.setGlobalContextManager(activeContexts());
after(() => trace.disable());
beforeEach(() => recorder.clear());

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const traceparent = `00-${TRACE}-${CALLER}-01`;

test('attempts are children of the caller’s span, and the target gets theirs', async (t) => {
  await using target = await startTarget((response, { attempt }) => {
    response.writeHead(attempt === 1 ? 500 : 200).end();
  });
  const server = await startServer(t);
  const url = encodeURIComponent(`${target.url}/way?token=hidden`);
  const headers = { traceparent, 'sendoff-retry': '{"limit":1,"delays":["10ms"]}' };
  const answer = await call(`${server.url}/v1/to?url=${url}`, { headers, body: 'x' });
  assert.equal(answer.status, 202, String(answer.body));
  const { id } = JSON.parse(String(answer.body)) as { id: string };
  const [send, first, second] = await spans(3);
  assert.ok(send && first && second);
  assert.deepEqual(
    [send, first, second].map(({ traceId, parentId }) => [traceId, parentId]),
    Array.from({ length: 3 }, () => [TRACE, CALLER]),
  );
  assert.deepEqual([send.kind, first.kind], [SpanKind.PRODUCER, SpanKind.CLIENT]);
  assert.deepEqual(
    target.arrivals.map((arrival) => arrival.headers.traceparent),
    [first, second].map(({ spanId }) => `00-${TRACE}-${spanId}-01`),
  );
  assert.equal(first.status, SpanStatusCode.ERROR);
  assert.deepEqual(pick(first), [500, '500', 'retrying', undefined]);
  assert.equal(second.status, SpanStatusCode.UNSET);
  assert.deepEqual(pick(second), [200, undefined, 'succeeded', 1]);
  assert.equal(first.attributes['url.full'], `${target.url}/way`);
  assert.equal(first.attributes['messaging.destination.name'], target.url);
  assert.equal(send.attributes['messaging.message.id'], id);
  assert.ok(!JSON.stringify([send, first, second]).includes('hidden'));
});

test('a caller without a trace begins one with its hand-over', async (t) => {
  await using target = await startTarget((response) => void response.end());
  const server = await startServer(t);
  await call(`${server.url}/v1/to?url=${encodeURIComponent(target.url)}`, { body: 'x' });
  const [send, attempt] = await spans(2);
  assert.deepEqual([send?.parentId, attempt?.parentId], [undefined, send?.spanId]);
  assert.equal(attempt?.traceId, send?.traceId);
});

test('in a program the hand-over is a child of what the program is doing', async () => {
  await using target = await startTarget((response) => void response.end());
  const folder = makeFolder('traces');
  await using home = await open(`${folder}/s.db`);
  const outer = trace.getTracer('test').startSpan('outer');
  await context.with(trace.setSpan(context.active(), outer), () => home.send(target.url));
  const [send, attempt] = await spans(2);
  assert.equal(send?.parentId, outer.spanContext().spanId);
  assert.deepEqual([attempt?.traceId, attempt?.parentId], [send?.traceId, send?.spanId]);
  await home.close();
  removeFolder(folder);
});

test('a hand-over that is refused says why', async (t) => {
  const server = await startServer(t);
  const id = '0190b0f0-0000-7000-8000-000000000000';
  const send = (body: string): Promise<unknown> =>
    call(`${server.url}/v1/to?url=http://target.test/`, {
      ...{ body, headers: { 'sendoff-id': id, 'sendoff-delay': '1h' } },
    });
  await send('one');
  await send('another');
  const [, refused] = await spans(2);
  assert.equal(refused?.status, SpanStatusCode.ERROR);
  assert.equal(refused?.attributes['error.type'], 'idempotency_mismatch');
});

test('where it is not installed nothing is missed', () => {
  const folder = makeFolder('traces');
  const program = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(name, context, next) {
        if (!name.startsWith('@opentelemetry/')) return next(name, context);
        throw Object.assign(new Error('not here'), { code: 'ERR_MODULE_NOT_FOUND' });
      },
    });
    const { open } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url))});
    const home = await open(${JSON.stringify(`${folder}/s.db`)});
    const { id } = await home.send('http://target.test/', { delay: '1h' });
    await home.close();
    console.log(id);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
  assert.match(String(stdout), /^[0-9a-f-]{36}\n$/, String(stderr));
  removeFolder(folder);
});

function pick({ attributes }: RecordedSpan): unknown[] {
  return [
    attributes['http.response.status_code'],
    attributes['error.type'],
    attributes['sendoff.outcome'],
    attributes['http.request.resend_count'],
  ];
}

async function spans(count: number): Promise<readonly RecordedSpan[]> {
  await until(`${count} spans`, () => recorder.ended.length >= count);
  assert.equal(recorder.ended.length, count);
  return recorder.ended;
}
