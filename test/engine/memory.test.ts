// What a queue may take of memory, and what a look at the disk may bring at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import type { Claimed } from '../../src/store/store.ts';
import { instead, openBench, submissionOf, success, until } from './bench.ts';

const bytes = new Uint8Array(60_000);

test('large bodies for one silent target leave room for other queues', async () => {
  await using bench = await openBench({ attemptsPerOrigin: 2 });
  for (let n = 0; n < 12; n++) {
    const group = Array.from({ length: 100 }, () => large({ url: 'http://silent.test/' }));
    await bench.engine.submit(group);
  }
  const { id } = await bench.send({ url: 'http://quick.test/' });
  await until(() => bench.deliverer.pending.some(({ attempt }) => attempt.jobId === id));

  function large(fields: object) {
    return { ...submissionOf(fields, bench.clock.now()), body: { kind: 'bytes', bytes } } as const;
  }
});

test('a look at the disk brings few large bodies, and all of them come in the end', async () => {
  let most = 0;
  const watch = instead('claim', async (call) => {
    const found = (await call()) as Claimed[][];
    const sizes = found.flat().map(({ body }) => body?.byteLength ?? 0);
    most = Math.max(
      most,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    return found;
  });
  await using bench = await openBench({}, watch);
  bench.deliverer.auto = () => success();
  const queues = 4;
  const group = Array.from({ length: 160 }, (_, n) => {
    const fields = { delay: '1h', queue: `q${n % queues}` };
    return { ...submissionOf(fields, bench.clock.now()), body: { kind: 'bytes', bytes } } as const;
  });
  await bench.engine.submit(group);
  bench.clock.forward(3_601_000);
  await until(() => bench.deliverer.count === group.length);
  assert.ok(most <= limits.claimBytes + queues * bytes.byteLength, `${most} bytes in one look`);
});
