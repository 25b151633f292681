// What is said of queues and limits: by jobs, by the operator, and what counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instead, openBench, refusing, until } from './bench.ts';

test('what a job says anew is applied, what is pinned stays, and both are told', async () => {
  await using bench = await openBench();
  const changes: (string | number | boolean | undefined)[][] = [];
  bench.engine.subscribe(({ type, limit, field, from, to }) => {
    if (type.startsWith('limit.')) changes.push([type, limit, field, from, to]);
  });
  const first = await bench.send({ limit: { key: 'k', concurrency: 5 } });
  const same = await bench.send({ limit: { key: 'k', concurrency: 5 } });
  const other = await bench.send({ limit: { key: 'k', concurrency: 8 } });
  assert.deepEqual([first.notes, same.notes], [undefined, undefined]);
  assert.deepEqual(other.notes, ['`concurrency` of limit `k` was 5 and is 8 from now on']);
  await bench.engine.changeBudget('limit', 'k', { concurrency: 2, pin: true });
  const ignored = await bench.send({ limit: { key: 'k', concurrency: 8 } });
  assert.deepEqual(ignored.notes, ['`concurrency` of limit `k` is pinned to 2: 8 does not count']);
  const { disagreements, pinned, concurrency, lastDisagreement } = bench.engine.limit('k') ?? {};
  assert.deepEqual(
    { disagreements, pinned, concurrency },
    {
      ...{ disagreements: 2, pinned: ['concurrency'], concurrency: 2 },
    },
  );
  assert.equal(lastDisagreement?.jobId, ignored.id);
  assert.deepEqual(changes, [
    ['limit.changed', 'k', 'concurrency', 5, 8],
    ['limit.changed', 'k', 'concurrency', 8, 2],
    ['limit.disagreed', 'k', 'concurrency', 2, 8],
  ]);
  await bench.restart();
  assert.equal(bench.engine.limit('k')?.concurrency, 2);
});

test('a value that the configuration fixes cannot be changed by anybody', async () => {
  const configured = () => ({ queues: { q: { concurrency: 1 } }, limits: {} });
  await using bench = await openBench({ configured });
  const { notes } = await bench.send({ queue: { name: 'q', concurrency: 9 } });
  assert.equal(notes?.length, 1);
  await assert.rejects(bench.engine.changeBudget('queue', 'q', { concurrency: 9 }), {
    code: 'fixed_value',
  });
  assert.equal((await bench.engine.queue('q'))?.concurrency, 1);
});

test('a change that cannot be written does not count', async () => {
  let isRefusing = false;
  await using bench = await openBench(
    {},
    refusing('saveSettings', () => isRefusing),
  );
  await bench.engine.changeBudget('limit', 'k', { concurrency: 2 });
  isRefusing = true;
  await assert.rejects(bench.engine.changeBudget('limit', 'k', { concurrency: 9 }));
  await assert.rejects(bench.engine.forgetBudget('limit', 'k'));
  await assert.rejects(bench.engine.pause('queue', 'q'));
  assert.equal(bench.engine.limit('k')?.concurrency, 2);
  assert.equal((await bench.engine.queue('q'))?.paused ?? false, false);
});

test('what the operator says while jobs are stored is not undone by what these say', async () => {
  let hold: Promise<void> | undefined;
  await using bench = await openBench(
    {},
    instead('append', async (call) => {
      const result = await call();
      await hold;
      return result;
    }),
  );
  const { promise, resolve } = Promise.withResolvers<void>();
  hold = promise;
  const sent = bench.send({ queue: { name: 'q', concurrency: 5 } });
  await until(async () => (await bench.store.queueNames({ after: '', limit: 1 })).length === 1);
  await bench.engine.pause('queue', 'q');
  resolve();
  await sent;
  const isBoth = async () => {
    const { paused, concurrency } = (await bench.engine.queue('q')) ?? {};
    assert.deepEqual({ paused, concurrency }, { paused: true, concurrency: 5 });
  };
  await isBoth();
  await bench.restart();
  await isBoth();
});

test('a job that was there already says nothing anew', async () => {
  await using bench = await openBench();
  const again = { key: 'k', limit: { key: 'shared', concurrency: 5 } };
  await bench.send(again);
  await bench.engine.changeBudget('limit', 'shared', { concurrency: 2 });
  assert.equal((await bench.send(again)).duplicate, true);
  assert.equal(bench.engine.limit('shared')?.concurrency, 2);
  await bench.restart();
  assert.equal(bench.engine.limit('shared')?.concurrency, 2);
});

test('a strict order and a concurrency above 1 never stand together, whoever says so', async () => {
  await using bench = await openBench();
  await bench.engine.pause('queue', 'q');
  await bench.send({ queue: { name: 'q', order: 'strict' } });
  const wide = await bench.send({ queue: { name: 'q', concurrency: 5 } });
  const note = '`concurrency` of queue `q` cannot be 5: a strict order has no concurrency above 1';
  assert.deepEqual(wide.notes, [note]);
  await bench.engine.changeBudget('queue', 'q', { rate: '5/s' });
  const { order, concurrency } = (await bench.engine.queue('q')) ?? {};
  assert.deepEqual([order, concurrency], ['strict', undefined]);
  await bench.engine.pause('queue', 'r');
  await bench.send({ queue: { name: 'r', concurrency: 5 } });
  const ordered = await bench.send({ queue: { name: 'r', order: 'strict' } });
  assert.deepEqual(ordered.notes, ['`concurrency` of queue `r` was 5 and is 1 from now on']);
});

test('a job that says what is pinned disagrees with nobody', async () => {
  await using bench = await openBench();
  await bench.engine.changeBudget('queue', 'q', { rate: '100/s', pin: true });
  const { notes } = await bench.send({ queue: { name: 'q', rate: '100/s' } });
  assert.equal(notes, undefined);
  assert.equal((await bench.engine.queue('q'))?.disagreements, 0);
});
