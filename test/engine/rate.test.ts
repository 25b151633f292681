// Rates while the disk is slow.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { instead, openBench, submissionOf, success, until } from './bench.ts';

const COMMIT_MS = 200;

test('a commit that takes long gives no turn of a rate back', async () => {
  const slowly = instead('settle', async (call) => {
    await sleep(COMMIT_MS);
    return call();
  });
  await using bench = await openBench({}, slowly);
  bench.clock.forward(60_000);
  const times: number[] = [];
  bench.deliverer.auto = () => {
    times.push(bench.clock.now());
    return success();
  };
  const queue = { name: 'paced', rate: '20/s', burst: 5 };
  await bench.engine.submit(
    Array.from({ length: 25 }, () => submissionOf({ queue }, bench.clock.now())),
  );
  await until(() => times.length === 25);
  const tookMs = (times.at(-1) as number) - (times[0] as number);
  assert.ok(tookMs >= 950, `25 turns took ${tookMs} ms`);
});
