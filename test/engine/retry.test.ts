// What a job keeps, and what it gets anew, when somebody sends it on its way again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, response, until } from './bench.ts';

const HOUR = 3_600_000;

test('a waiting job that is retried keeps its tries used and its deadline', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => response(503);
  const { id } = await bench.send({ retry: { limit: 1, delays: ['1h'] }, deadline: '5h' });
  await until(async () => (await bench.engine.get(id))?.waiting === 'retry');
  const [before] = await bench.store.get([id]);
  await bench.engine.retry(id);
  const job = await bench.engine.settled(id, { timeoutMs: 5_000 });
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
  for (const { id } of [plain, timely]) await bench.engine.settled(id, { timeoutMs: 5_000 });
  bench.deliverer.auto = undefined;
  bench.clock.forward(24 * HOUR);
  const from = bench.clock.now();
  for (const { id } of [plain, timely]) await bench.engine.retry(id);
  const rows = await bench.store.get([plain.id, timely.id]);
  const spans = rows.map((row) => Math.round(((row?.expiresAt ?? 0) - from) / HOUR));
  assert.deepEqual(spans, [1, 3]);
  await until(() => bench.deliverer.pending.length === 2);
});
