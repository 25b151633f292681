// What a job keeps, and what it gets anew, when somebody sends it on its way again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptView } from '../../src/sendoff.ts';
import { type Bench, openBench, response, until } from './bench.ts';

const HOUR = 3_600_000;

/** Waits until the first try is on record and the next one waits. */
async function firstTry({ engine }: Bench, id: string): Promise<AttemptView> {
  await until(async () => (await engine.get(id))?.waiting === 'retry');
  const [first] = (await engine.attempts(id)) ?? [];
  assert.ok(first);
  return first;
}

test('a waiting job that is retried keeps its tries used and its deadline', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => response(503);
  const { id } = await bench.send({ retry: { limit: 1, delays: ['1h'] }, deadline: '5h' });
  await until(async () => (await bench.engine.get(id))?.waiting === 'retry');
  const [before] = await bench.store.get([id]);
  await bench.engine.retry(id);
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.deepEqual([job?.reason, job?.attempts], ['exhausted', 2]);
  const [after] = await bench.store.get([id]);
  assert.equal(after?.expiresAt, before?.expiresAt);
});

test('a settled job that is retried has as long as it had at first', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => response(503);
  const startBy = new Date(bench.clock.now() + 60_000).toISOString();
  const plain = await bench.send({ retries: 0, deadline: '1h' });
  const timely = await bench.send({ retries: 0, deadline: '3h', startBy });
  for (const { id } of [plain, timely]) await bench.engine.settled(id, { timeoutMs: 30_000 });
  bench.deliverer.auto = undefined;
  bench.clock.forward(24 * HOUR);
  const from = bench.clock.now();
  for (const { id } of [plain, timely]) await bench.engine.retry(id);
  const rows = await bench.store.get([plain.id, timely.id]);
  const spans = rows.map((row) => Math.round(((row?.expiresAt ?? 0) - from) / HOUR));
  assert.deepEqual(spans, [1, 3]);
  await until(() => bench.deliverer.pending.length === 2);
});

test('no retry begins after `within`, counted from the first try', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => response(503);
  const retry = { limit: 100, delays: ['1m'], within: '90s' };
  const { id } = await bench.send({ retry, delay: '1h' });
  bench.clock.forward(HOUR + 1);
  await firstTry(bench, id);
  bench.clock.forward(60_001);
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.deepEqual([job?.state, job?.reason, job?.clock], ['failed', 'exhausted', 'within']);
  assert.equal(job?.attempts, 2);
  const last = (await bench.engine.attempts(id))?.at(-1);
  assert.match(last?.detail ?? '', /503; no retry would begin `within` its time/);
});

test('a retry under way is not cut off when `within` is over', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => response(503);
  const { id } = await bench.send({ retry: { delays: ['1m'], within: '90s' }, timeout: '1h' });
  await firstTry(bench, id);
  bench.deliverer.auto = undefined;
  bench.clock.forward(60_001);
  await until(() => bench.deliverer.pending.length === 1);
  const [pending] = bench.deliverer.pending;
  assert.equal(pending?.attempt.timeoutMs, HOUR);
  bench.clock.forward(60_000);
  pending?.answer(response(200));
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.deepEqual([job?.state, job?.attempts], ['succeeded', 2]);
});

test('`within` counts on after a restart, and a retry that misses it expires', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => response(503);
  const { id } = await bench.send({ retry: { delays: ['1m'], within: '90s' } });
  const first = await firstTry(bench, id);
  await bench.restart();
  const [row] = await bench.store.get([id]);
  assert.equal(row?.expiresAt, Date.parse(first.startedAt) + 90_000);
  bench.clock.forward(90_001);
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.deepEqual([job?.reason, job?.clock, job?.attempts], ['expired', 'within', 1]);
});

test('a job that is sent on its way again has its time for retries anew', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => response(503);
  const { id } = await bench.send({ retry: { limit: 1, delays: [0], within: '1m' } });
  await bench.engine.settled(id, { timeoutMs: 30_000 });
  bench.clock.forward(30 * 24 * HOUR);
  await bench.engine.retry(id);
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.deepEqual([job?.reason, job?.attempts], ['exhausted', 4]);
});

test('rules and delays of a stored job hold after a restart', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = ({ number }) => response(number === 1 ? 404 : 503);
  const rules = [
    { status: 404, do: 'retry', expression: '(retried + 1) * 60000' },
    { status: 503, do: 'never' },
  ];
  const { id } = await bench.send({ retry: { rules } });
  const first = await firstTry(bench, id);
  const [row] = await bench.store.get([id]);
  assert.equal(row?.runAt, Date.parse(first.endedAt ?? '') + 60_000);
  await bench.restart();
  bench.clock.forward(60_001);
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.deepEqual([job?.reason, job?.attempts], ['rejected', 2]);
});
