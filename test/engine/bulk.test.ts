// Operations on many jobs beside the work that goes on: what is under way, in line, or changed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineOptions } from '../../src/engine/node.ts';
import { checkBulk } from '../../src/job/bulk-request.ts';
import type { BulkView } from '../../src/mending.ts';
import { type Bench, instead, openBench, refusing, response, success, until } from './bench.ts';

const QUEUE = 'bulk';

function narrow(concurrency: number): EngineOptions {
  return { configured: () => ({ queues: { [QUEUE]: { concurrency } }, limits: {} }) };
}

/** Begins an operation and waits for its end. */
async function carryOut(bench: Bench, request: object): Promise<BulkView> {
  const { id } = await bench.engine.bulk.start(checkBulk(request, { now: bench.clock.now() }));
  await until(async () => (await bench.engine.bulk.get(id))?.state !== 'running');
  return (await bench.engine.bulk.get(id)) as BulkView;
}

async function send(bench: Bench, count: number, fields: object = {}): Promise<string[]> {
  const sent = Array.from({ length: count }, () =>
    bench.send({ queue: QUEUE, retries: 0, ...fields }),
  );
  return (await Promise.all(sent)).map(({ id }) => id);
}

async function states(bench: Bench, ids: readonly string[]): Promise<string[]> {
  return (await Promise.all(ids.map((id) => bench.engine.get(id)))).map((job) => job?.state ?? '');
}

/** Failed jobs. */
async function failures(bench: Bench, count: number): Promise<string[]> {
  bench.deliverer.auto = () => response(404);
  const ids = await send(bench, count);
  await until(async () => (await states(bench, ids)).every((state) => state === 'failed'));
  bench.deliverer.auto = undefined;
  return ids;
}

test('a retry of all that failed gives each a fresh try, and no other job', async () => {
  await using bench = await openBench();
  const ids = await failures(bench, 450);
  const others = await send(bench, 3, { queue: 'other', delay: '1h' });
  bench.clock.forward(10);
  bench.deliverer.auto = () => success();
  const before = bench.deliverer.count;
  const bulk = await carryOut(bench, { action: 'retry', filter: { queue: QUEUE } });
  assert.deepEqual([bulk.state, bulk.expected, bulk.progress.done], ['done', { jobs: 450 }, 450]);
  await until(async () => (await states(bench, ids)).every((state) => state === 'succeeded'));
  assert.equal(bench.deliverer.count - before, 450);
  assert.ok((await states(bench, others)).every((state) => state === 'pending'));
  const all = await carryOut(bench, { action: 'retry', filter: { all: true } });
  assert.equal(all.progress.matched, 0);
});

test('a retry that fails again during the operation is not retried by it again', async () => {
  await using bench = await openBench();
  const ids = await failures(bench, 450);
  bench.clock.forward(10);
  const before = bench.deliverer.count;
  bench.deliverer.auto = () => response(404);
  const bulk = await carryOut(bench, { action: 'retry', filter: { queue: QUEUE } });
  assert.equal(bulk.progress.done, 450);
  await until(async () => (await states(bench, ids)).every((state) => state === 'failed'));
  assert.equal(bench.deliverer.count - before, 450);
});

test('a cancel ends what waits on disk and in memory, and cuts off what is under way', async () => {
  await using bench = await openBench(narrow(5));
  const delayed = await send(bench, 250, { delay: '1h' });
  const due = await send(bench, 250);
  await until(() => bench.deliverer.pending.length === 5);
  const bulk = await carryOut(bench, { action: 'cancel', filter: { queue: QUEUE } });
  assert.deepEqual([bulk.state, bulk.progress.done], ['done', 500]);
  const ended = await states(bench, [...delayed, ...due]);
  assert.ok(ended.every((state) => state === 'cancelled'));
  assert.equal(bench.deliverer.pending.length, 0);
  const stats = await bench.engine.stats();
  assert.deepEqual([stats.cancelled, stats.running, stats.ready], [500, 0, 0]);
});

test('a cancel of waiting jobs leaves those under way, and the other way round', async () => {
  await using bench = await openBench(narrow(2));
  await send(bench, 10);
  await until(() => bench.deliverer.pending.length === 2);
  const waiting = { action: 'cancel', filter: { queue: QUEUE, state: 'pending' } };
  assert.deepEqual((await carryOut(bench, waiting)).progress.skipped, { running: 2 });
  assert.equal(bench.deliverer.pending.length, 2);
  await send(bench, 3, { delay: '1h' });
  const running = { action: 'cancel', filter: { queue: QUEUE, state: 'running' } };
  const { progress } = await carryOut(bench, running);
  assert.deepEqual([progress.done, progress.skipped], [2, { waiting: 3 }]);
});

test('a retry of waiting jobs brings them at once, and leaves those in line', async () => {
  await using bench = await openBench(narrow(1));
  await send(bench, 3);
  await until(() => bench.deliverer.pending.length === 1);
  await send(bench, 4, { delay: '1h' });
  const request = { action: 'retry', filter: { queue: QUEUE, state: 'pending' } };
  const { progress } = await carryOut(bench, request);
  assert.deepEqual([progress.done, progress.skipped], [4, { due: 2, running: 1 }]);
  bench.deliverer.auto = () => success();
  bench.deliverer.pending[0]?.answer(success());
  await until(async () => (await bench.engine.stats()).succeeded === 7);
});

test('an operation goes on after a restart, and an aborted one does not', async () => {
  await using bench = await openBench(
    {},
    instead('find', (call) => (isSlow ? never() : call())),
  );
  const ids = await failures(bench, 250);
  bench.clock.forward(10);
  let isSlow = true;
  const request = { action: 'resend', filter: { queue: QUEUE }, edits: { delay: '1h' } };
  const start = () => bench.engine.bulk.start(checkBulk(request, { now: bench.clock.now() }));
  const [first, second] = [await start(), await start()];
  await bench.engine.bulk.abort(second.id);
  isSlow = false;
  await bench.restart();
  await until(async () => (await bench.engine.bulk.get(first.id))?.state === 'done');
  assert.equal((await bench.engine.bulk.get(first.id))?.progress.done, 250);
  assert.equal((await bench.engine.bulk.get(second.id))?.progress.done, 0);
  assert.ok((await states(bench, ids)).every((state) => state === 'failed'));

  function never(): Promise<never> {
    return new Promise(() => {});
  }
});

test('a store that cannot write for a while only delays an operation', async () => {
  let refusals = 1;
  await using bench = await openBench(
    {},
    refusing('stepBulk', () => refusals-- > 0),
  );
  await failures(bench, 20);
  const held = await send(bench, 5, { queue: 'held' });
  await until(() => bench.deliverer.pending.length === 5);
  const more = await send(bench, 3, { queue: 'held', delay: '1h' });
  bench.clock.forward(10);
  const request = { action: 'cancel', filter: { queue: 'held', state: 'pending' } };
  const started = await bench.engine.bulk.start(checkBulk(request, { now: bench.clock.now() }));
  await until(async () => (await bench.engine.bulk.get(started.id))?.state === 'done');
  assert.ok((await states(bench, more)).every((state) => state === 'cancelled'));
  assert.ok((await states(bench, held)).every((state) => state === 'running'));
});
