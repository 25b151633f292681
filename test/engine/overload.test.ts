// What a node does with more work than it can store.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SendoffError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import { type Bench, instead, openBench, submissionOf, success, until } from './bench.ts';

test('jobs beyond the commit queue are told when to come back, and then taken', async () => {
  await using bench = await openBench({ commitQueue: 5 });
  const { taken, refused } = await flood(bench, { from: 'tcp', jobs: 20 });
  assert.equal(taken, 5);
  for (const { code, scope, retryAfterMs = 0 } of refused) {
    assert.deepEqual([code, scope], ['busy', 'server']);
    assert.ok(retryAfterMs >= 1_000 && retryAfterMs < 5_000);
  }
  const waits = new Set(refused.map(({ retryAfterMs }) => retryAfterMs));
  assert.ok(waits.size > 1, 'not all come back at once');
  assert.deepEqual(await flood(bench, { from: 'tcp', jobs: 5 }), { taken: 5, refused: [] });
  assert.deepEqual((await bench.engine.stats()).refused, { server: 15 });
});

test('a refusal that is asked for in advance is the one that would come', async () => {
  await using bench = await openBench({ commitQueue: 2 });
  const wish = { from: 'tcp', jobs: 1, bytes: 10 };
  assert.equal(bench.engine.refusal(wish), undefined);
  const stored = flood(bench, { from: 'tcp', jobs: 2 });
  assert.equal(bench.engine.refusal(wish)?.code, 'busy');
  await stored;
  assert.equal(bench.engine.refusal(wish), undefined);
});

test('a token that floods is refused as such, one at a modest rate is not', async () => {
  await using bench = await openBench({ commitQueue: 20 });
  const taken = { flooding: 0, modest: 0 };
  const refused: SendoffError[] = [];
  for (let round = 0; round < 20; round++) {
    const many = flood(bench, { from: 'token:flooding', jobs: 200 });
    const few = flood(bench, { from: 'token:modest', jobs: 2 });
    const results = { flooding: await many, modest: await few };
    taken.flooding += results.flooding.taken;
    taken.modest += results.modest.taken;
    refused.push(...results.flooding.refused);
    bench.clock.forward(limits.shareMs);
  }
  assert.equal(taken.modest, 40);
  assert.ok(taken.flooding >= 20 * 15, `the rest is used: ${taken.flooding}`);
  const last = refused.at(-1);
  assert.deepEqual([last?.code, last?.scope], ['rate_limited', 'token:flooding']);
});

test('two tokens that flood get the same, though one asks ten times as often', async () => {
  await using bench = await openBench({ commitQueue: 20 });
  const taken = { often: 0, seldom: 0 };
  for (let round = 0; round < 30; round++) {
    const often = flood(bench, { from: 'token:often', jobs: 500 });
    const seldom = flood(bench, { from: 'token:seldom', jobs: 50 });
    const [first, second] = [await often, await seldom];
    if (round >= 10) {
      taken.often += first.taken;
      taken.seldom += second.taken;
    }
    bench.clock.forward(limits.shareMs);
  }
  assert.ok(Math.abs(taken.often / taken.seldom - 1) < 0.2, JSON.stringify(taken));
});

test('bodies that are being read have a bound; one alone may be of any size', async () => {
  await using bench = await openBench();
  const { engine } = bench;
  const document = { from: 'tcp', jobs: 0, bytes: limits.bytesWaiting / 8 };
  const leave = Array.from({ length: 6 }, () => engine.reserve(document));
  assert.throws(() => engine.reserve(document), { code: 'busy', scope: 'server' });
  engine.reserve({ ...document, from: 'socket' })();
  assert.equal(engine.refusal({ from: 'tcp', jobs: 1, bytes: 1_000 }), undefined);
  for (const end of leave) end();
  engine.reserve({ ...document, bytes: 3 * limits.bytesWaiting })();
});

test('what this server hands over to itself is not refused for load', async () => {
  await using bench = await openBench({ commitQueue: 2 });
  const others = flood(bench, { from: 'tcp', jobs: 20 });
  assert.deepEqual(await flood(bench, { from: 'own', jobs: 20 }), { taken: 20, refused: [] });
  await others;
});

test('an overload is told when it begins, and when it is over how much was refused', async () => {
  const logged: string[] = [];
  const log = (level: string, _: string, detail?: object): void => {
    logged.push(`${level} ${JSON.stringify(detail)}`);
  };
  await using bench = await openBench({ commitQueue: 1, log });
  const told: unknown[] = [];
  bench.engine.subscribe(({ type, scope, count }) => {
    if (type.startsWith('overload')) told.push([type, scope, count]);
  });
  await flood(bench, { from: 'tcp', jobs: 4 });
  assert.deepEqual(told, [['overload.began', 'server', undefined]]);
  bench.clock.forward(limits.overloadQuietMs);
  await until(() => told.length === 2);
  assert.deepEqual(told[1], ['overload.ended', 'server', 3]);
  assert.deepEqual(logged, ['warn {"scope":"server"}', 'info {"scope":"server","count":3}']);
});

test('no further attempt begins while too many results wait for the disk', async () => {
  const held: (() => void)[] = [];
  let isHolding = true;
  const hold = instead('settle', async (call) => {
    if (isHolding) await new Promise<void>((resolve) => held.push(resolve));
    return call();
  });
  const most = limits.settlementsWaiting;
  await using bench = await openBench({ attemptsAtOnce: 3_000, attemptsPerOrigin: 3_000 }, hold);
  bench.deliverer.auto = () => success();
  await flood(bench, { from: 'tcp', jobs: most });
  await until(() => held.length === most);
  await bench.send();
  await bench.engine.stats();
  assert.equal(bench.deliverer.count, most);
  isHolding = false;
  for (const write of held) write();
  await until(() => bench.deliverer.count === most + 1);
});

interface Flood {
  readonly taken: number;
  readonly refused: readonly SendoffError[];
}

/** All at once, each by itself. */
async function flood(
  { engine, clock }: Bench,
  { from, jobs }: { readonly from: string; readonly jobs: number },
): Promise<Flood> {
  const now = clock.now();
  const submits = Array.from({ length: jobs }, () => engine.submit([submissionOf({}, now)], from));
  const results = await Promise.allSettled(submits);
  const refused = results.flatMap((result) => {
    return result.status === 'rejected' ? [result.reason as SendoffError] : [];
  });
  return { taken: jobs - refused.length, refused };
}
