// Ordered queues that are longer than what memory holds of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, response, submissionOf, success, until } from './bench.ts';

const LONG = 1_500;

test('the head of a queue that fills its part of memory is tried again', async () => {
  await using bench = await openBench();
  const queue = { name: 'line', order: 'strict' };
  const retry = { limit: 1, delays: ['1h'] };
  const first = await bench.send({ queue, retry });
  await until(() => bench.deliverer.pending.length === 1);
  bench.deliverer.pending[0]?.answer(response(503));
  await until(async () => (await bench.engine.get(first.id))?.waiting === 'retry');
  const now = bench.clock.now();
  for (let sent = 0; sent < LONG; sent += 500) {
    await bench.engine.submit(
      Array.from({ length: 500 }, () => submissionOf({ queue: 'line' }, now)),
    );
  }
  bench.clock.forward(3_600_000);
  await until(() => bench.deliverer.pending.length === 1);
  const [again] = bench.deliverer.pending;
  assert.deepEqual([again?.attempt.jobId, again?.attempt.number], [first.id, 2]);
  again?.answer(success());
  await until(() => bench.deliverer.pending.some(({ attempt }) => attempt.jobId !== first.id));
});
