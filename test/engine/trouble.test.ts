// What a store that refuses, or a caller that repeats itself, must not do to jobs that are stored.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { receiveBody } from '../../src/engine/intake/receive-body.ts';
import { openBench, refusing, submissionOf, success, until } from './bench.ts';

test('a job whose cancellation cannot be written is tried all the same', async () => {
  await using bench = await openBench(
    { attemptsPerOrigin: 1 },
    refusing('cancelWaiting', () => true),
  );
  await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  const { id } = await bench.send();
  await assert.rejects(bench.engine.cancel(id), { code: 'storage_full' });
  assert.equal((await bench.engine.stats()).ready, 1);
  bench.deliverer.pending[0]?.answer(success());
  await until(() => bench.deliverer.pending[0]?.attempt.jobId === id);
  bench.deliverer.pending[0]?.answer(success());
  assert.equal((await bench.engine.settled(id, { timeoutMs: 30_000 }))?.state, 'succeeded');
});

test('of two who cancel one job at once, one hears that it is removed', async () => {
  await using bench = await openBench({ attemptsPerOrigin: 1 });
  await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  const { id } = await bench.send();
  const results = await Promise.all([bench.engine.cancel(id), bench.engine.cancel(id)]);
  assert.deepEqual(results.map(({ cancelled }) => cancelled).sort(), ['removed', 'too-late']);
  assert.equal((await bench.engine.stats()).ready, 0);
});

test('stored jobs are delivered though the repeat beside them goes unanswered', async () => {
  let isRefusing = false;
  await using bench = await openBench(
    {},
    refusing('get', () => isRefusing),
  );
  const [id, now] = [bench.clock.id(), bench.clock.now()];
  await bench.send({ id, delay: '1h' });
  const large = new Uint8Array(200_000).fill(7);
  const body = await receiveBody(bench.engine, [large], { mostBytes: 1_000_000 });
  const repeat = submissionOf({ id, delay: '1h' }, now);
  const group = [submissionOf({}, now), repeat, { ...submissionOf({}, now), body }];
  isRefusing = true;
  await assert.rejects(bench.engine.submit(group), { code: 'storage_full' });
  isRefusing = false;
  await until(() => bench.deliverer.pending.length === 2);
  for (const { attempt } of bench.deliverer.pending) {
    assert.equal((await bench.engine.get(attempt.jobId))?.state, 'running');
  }
  const sent = bench.deliverer.pending[1]?.attempt;
  assert.equal(sent?.body.kind, 'chunks');
  const chunks: Uint8Array[] = [];
  for await (const chunk of sent.body.read()) chunks.push(chunk);
  assert.deepEqual(Buffer.concat(chunks), Buffer.from(large));
});

test('a repeat of a running job does not hide it', async () => {
  await using bench = await openBench();
  const id = bench.clock.id();
  await bench.send({ id });
  await until(() => bench.deliverer.pending.length === 1);
  const repeat = await bench.send({ id });
  assert.deepEqual([repeat.duplicate, repeat.state], [true, 'running']);
  assert.equal((await bench.engine.get(id))?.state, 'running');
  assert.equal((await bench.engine.cancel(id)).cancelled, 'aborted');
  const results = (await bench.engine.attempts(id))?.map(({ result }) => result);
  assert.deepEqual(results, ['cancelled']);
});

test('a server that stops is not ready', async () => {
  await using bench = await openBench();
  await bench.engine.ping();
  await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  const stopped = bench.engine.stop({ drainMs: 5_000 });
  await assert.rejects(bench.engine.ping(), { code: 'stopping' });
  bench.deliverer.pending[0]?.answer(success());
  await stopped;
});

test('a server whose disk is full is not ready', async () => {
  await using bench = await openBench({ storeBytes: 1 });
  await until(() =>
    bench.engine.ping().then(
      () => false,
      (error) => error.code === 'storage_full',
    ),
  );
});
