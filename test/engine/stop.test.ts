// A stop is one stop, however often it is asked for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, success, until } from './bench.ts';

test('a second stop cuts what the first lets end, and both end together', async () => {
  await using bench = await openBench();
  const { id } = await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  const first = bench.engine.stop({ drainMs: 600_000 });
  await bench.engine.stop({ drainMs: 0 });
  await assert.rejects(bench.store.ping(), { code: 'closed' });
  await first;
  await bench.restart();
  const attempts = await bench.engine.attempts(id);
  assert.deepEqual(
    attempts?.slice(0, 1).map(({ result }) => result),
    ['interrupted'],
  );
});

test('a second stop that would take longer changes nothing', async () => {
  await using bench = await openBench();
  await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  const stopped = bench.engine.stop({ drainMs: 0 });
  await bench.engine.stop({ drainMs: 600_000 });
  await stopped;
});

test('a stop lets an attempt end', async () => {
  await using bench = await openBench();
  const { id } = await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  const stopped = bench.engine.stop();
  bench.deliverer.pending[0]!.answer(success());
  await stopped;
  await bench.restart();
  assert.equal((await bench.engine.get(id))?.state, 'succeeded');
});
