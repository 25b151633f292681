// The life of a job as the engine leads it, over a real store.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobEvent } from '../../src/sendoff.ts';
import { failure, openBench, response, submissionOf, success, until } from './bench.ts';

test('a job is delivered, settled, and its answer kept', async () => {
  await using bench = await openBench();
  const { id } = await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  assert.equal((await bench.engine.get(id))?.state, 'running');
  bench.deliverer.pending[0]?.answer(success());
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.equal(job?.state, 'succeeded');
  const answer = await bench.engine.answer(id);
  assert.equal(answer.kind, 'answer');
});

test('a retry waits for its backoff, and is tried again', async () => {
  await using bench = await openBench();
  const { id } = await bench.send({ retry: { limit: 1, delays: ['1h'] } });
  await until(() => bench.deliverer.pending.length === 1);
  bench.deliverer.pending[0]?.answer(response(503));
  await until(async () => (await bench.engine.get(id))?.waiting === 'retry');
  bench.clock.forward(3_599_000);
  await until(() => bench.deliverer.pending.length === 1);
  bench.deliverer.pending[0]?.answer(response(503));
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.equal(job?.reason, 'exhausted');
  assert.equal(job?.attempts, 2);
});

test('the last try without an answer is `unknown` if its request went out', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => failure('reset');
  const { id } = await bench.send({ retries: 0 });
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.equal(job?.reason, 'unknown');
  assert.equal((await bench.engine.answer(id)).kind, 'none');
});

test('Retry-After holds the whole queue back', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => response(429, [['Retry-After', '60']]);
  const first = await bench.send();
  await until(async () => (await bench.engine.get(first.id))?.attempts === 1);
  const second = await bench.send();
  await until(async () => (await bench.engine.get(second.id))?.waiting === 'rate');
  assert.equal(bench.deliverer.count, 1);
});

test('no origin and no queue gets more attempts at once than it may have', async () => {
  await using bench = await openBench({
    attemptsPerOrigin: 3,
    configured: () => ({ queues: { narrow: { concurrency: 2 } }, limits: {} }),
  });
  const submissions = Array.from({ length: 20 }, () => submissionOf({}, bench.clock.now()));
  await bench.engine.submit(submissions);
  await until(() => bench.deliverer.pending.length === 3);
  while (bench.deliverer.pending.length > 0) {
    bench.deliverer.pending[0]?.answer(success());
    await until(() => bench.deliverer.pending.length > 0 || bench.deliverer.count === 20);
  }
  assert.equal(bench.deliverer.most, 3);
  for (let n = 0; n < 10; n++) {
    await bench.send({ url: `http://t${n}.test/`, queue: 'narrow' });
  }
  await until(() => bench.deliverer.pending.length === 2);
  const stats = await bench.engine.stats();
  assert.deepEqual(stats.queues, [{ queue: 'narrow', ready: 8, running: 2 }]);
});

test('a queue with a long line does not keep another waiting', async () => {
  await using bench = await openBench({ attemptsAtOnce: 4 });
  const many = Array.from({ length: 500 }, () =>
    submissionOf({ url: 'http://busy.test/' }, bench.clock.now()),
  );
  await bench.engine.submit(many);
  await until(() => bench.deliverer.pending.length === 4);
  const { id } = await bench.send({ url: 'http://quiet.test/' });
  bench.deliverer.pending[0]?.answer(success());
  bench.deliverer.pending[0]?.answer(success());
  await until(() => bench.deliverer.pending.some(({ attempt }) => attempt.jobId === id));
});

test('more jobs than memory holds of a queue wait on disk, and all are delivered', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => success();
  const total = 5_000;
  for (let n = 0; n < total; n += 1_000) {
    const group = Array.from({ length: 1_000 }, () => submissionOf({}, bench.clock.now()));
    await bench.engine.submit(group);
  }
  await until(async () => (await bench.engine.stats()).succeeded === total);
  assert.equal(bench.deliverer.count, total);
});

test('a delayed job is never early and not forgotten by a restart', async () => {
  await using bench = await openBench();
  const { id } = await bench.send({ delay: '1h' });
  await bench.restart();
  assert.equal((await bench.engine.get(id))?.waiting, 'delay');
  bench.clock.forward(3_599_000);
  assert.equal(bench.deliverer.count, 0);
  bench.clock.forward(1_000);
  await until(() => bench.deliverer.pending.length === 1);
});

test('cancel takes a waiting job, aborts a live one, and refuses a settled one', async () => {
  await using bench = await openBench();
  const waiting = await bench.send({ delay: '1h' });
  assert.equal((await bench.engine.cancel(waiting.id)).cancelled, 'removed');
  await assert.rejects(bench.engine.cancel(waiting.id), { code: 'already_final' });
  const live = await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  assert.equal((await bench.engine.cancel(live.id)).cancelled, 'aborted');
  assert.equal((await bench.engine.get(live.id))?.state, 'cancelled');
  bench.clock.forward(7_200_000);
  await bench.restart();
  assert.equal(bench.deliverer.count, 1);
});

test('a job cancelled while its answer comes in is not tried again', async () => {
  await using bench = await openBench();
  const { id } = await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  const [pending] = bench.deliverer.pending;
  pending?.answer(response(503));
  const result = await bench.engine.cancel(id);
  assert.notEqual(result.cancelled, undefined);
  assert.equal((await bench.engine.get(id))?.state, 'cancelled');
});

test('retry sends a waiting job now and a settled one again, with all its tries', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => response(503);
  const { id } = await bench.send({ delay: '1h', retries: 0 });
  await bench.engine.retry(id);
  const failed = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.equal(failed?.reason, 'exhausted');
  bench.deliverer.auto = () => success();
  await bench.engine.retry(id);
  const again = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.equal(again?.state, 'succeeded');
  assert.deepEqual(
    (await bench.engine.attempts(id))?.map(({ number, result }) => [number, result]),
    [
      [1, 'retry'],
      [2, 'success'],
    ],
  );
});

test('a job past its deadline or its startBy fails as `expired`', async () => {
  await using bench = await openBench({ attemptsPerOrigin: 1 });
  const busy = await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  const startBy = new Date(bench.clock.now() + 60_000).toISOString();
  const late = await bench.send({ startBy });
  const delayed = await bench.send({ delay: '30s', deadline: '10s' });
  bench.clock.forward(61_000);
  for (const [{ id }, clock] of [
    [late, 'startBy'],
    [delayed, 'deadline'],
  ] as const) {
    const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
    assert.deepEqual([job?.reason, job?.clock, job?.attempts], ['expired', clock, 0]);
  }
  bench.deliverer.pending[0]?.answer(success());
  assert.equal((await bench.engine.settled(busy.id, { timeoutMs: 30_000 }))?.state, 'succeeded');
});

test('stop cuts what is under way, and the next start tries it again for nothing', async () => {
  await using bench = await openBench();
  const { id } = await bench.send({ retries: 0 });
  await until(() => bench.deliverer.pending.length === 1);
  await bench.restart();
  await until(() => bench.deliverer.pending.length === 1);
  bench.deliverer.pending[0]?.answer(success());
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.equal(job?.state, 'succeeded');
  const results = (await bench.engine.attempts(id))?.map(({ result }) => result);
  assert.deepEqual(results, ['interrupted', 'success']);
});

test('a group is stored whole or not at all', async () => {
  await using bench = await openBench();
  const id = bench.clock.id();
  const now = bench.clock.now();
  await bench.send({ id, delay: '1h' });
  const group = [submissionOf({}, now), submissionOf({ id, url: 'http://other.test/' }, now)];
  const refused = bench.engine.submit(group);
  await assert.rejects(refused, { code: 'idempotency_mismatch', index: 1, jobId: id });
  assert.equal(bench.deliverer.count, 0);
  assert.equal((await bench.engine.list({})).jobs.length, 1);
});

test('events come in order, and a reader who missed some hears `reset`', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => success();
  const seen: JobEvent[] = [];
  const unsubscribe = bench.engine.subscribe((event) => seen.push(event));
  const { id } = await bench.send();
  await bench.engine.settled(id, { timeoutMs: 30_000 });
  unsubscribe();
  const types = seen.map(({ type }) => type);
  assert.deepEqual(types, ['job.stored', 'job.started', 'job.succeeded']);
  const replayed: JobEvent[] = [];
  bench.engine.subscribe((event) => replayed.push(event), seen[0]?.id);
  assert.deepEqual(replayed, seen.slice(1));
  const stranger: JobEvent[] = [];
  bench.engine.subscribe((event) => stranger.push(event), 'another-boot-7');
  assert.equal(stranger[0]?.type, 'reset');
});

test('secrets in headers are not shown', async () => {
  await using bench = await openBench();
  const headers = { Authorization: 'Bearer abc', 'X-Api-Key': 'abc', accept: 'text/plain' };
  const { id } = await bench.send({ headers, delay: '1h' });
  const job = await bench.engine.get(id);
  assert.ok(job?.target.kind === 'http');
  assert.deepEqual(job.target.headers, [
    ['Authorization', '***'],
    ['X-Api-Key', '***'],
    ['accept', 'text/plain'],
  ]);
});
