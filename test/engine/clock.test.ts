// What steps of the wall clock must not do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, until } from './bench.ts';

test('a job stored after the clock was set back is delivered when it is due', async () => {
  await using bench = await openBench();
  await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  bench.clock.forward(-3_600_000);
  await bench.send({ url: 'http://later.test/', delay: '200ms' });
  await until(() => bench.deliverer.pending.length === 2);
});

test('a step forward makes due what became due, and nothing else', async () => {
  await using bench = await openBench();
  await bench.send({ delay: '1h' });
  const { id } = await bench.send({ delay: '3h' });
  bench.clock.forward(2 * 3_600_000);
  await until(() => bench.deliverer.pending.length === 1);
  assert.equal((await bench.engine.get(id))?.waiting, 'delay');
});

test('a job that falls due while the store is reopened is not forgotten', async () => {
  await using bench = await openBench();
  await bench.send({ delay: '150ms' });
  await bench.restart();
  await until(() => bench.deliverer.pending.length === 1);
});
