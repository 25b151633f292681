// Queues and limits: how much at once, how much per time, in which order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bench, openBench, response, submissionOf, success, until } from './bench.ts';

/** Answers everything that is under way, until `count` attempts were made. */
async function answerAll(bench: Bench, count: number): Promise<void> {
  await until(() => {
    for (const one of [...bench.deliverer.pending]) one.answer(success());
    return bench.deliverer.count >= count && bench.deliverer.pending.length === 0;
  });
}

function urlsUnderWay(bench: Bench): string[] {
  return bench.deliverer.pending.map(({ attempt }) =>
    attempt.target.kind === 'http' ? attempt.target.url : '',
  );
}

test('a limit bounds what jobs of several queues do at once', async () => {
  await using bench = await openBench();
  for (let n = 0; n < 20; n++) {
    await bench.send({ url: `http://t${n % 4}.test/`, limit: { key: 'shared', concurrency: 3 } });
  }
  await until(() => bench.deliverer.pending.length === 3);
  await answerAll(bench, 20);
  assert.equal(bench.deliverer.most, 3);
  assert.equal(bench.engine.limit('shared')?.concurrency, 3);
});

test('a queue that waits for a limit leaves the room of its origin to others', async () => {
  await using bench = await openBench({ attemptsPerOrigin: 2 });
  const limit = { key: 'narrow', concurrency: 1 };
  for (let n = 0; n < 5; n++) await bench.send({ queue: 'bound', limit });
  for (let n = 0; n < 5; n++) await bench.send({ queue: 'free', limit: 'wide' });
  await until(() => bench.deliverer.pending.length === 2);
  await answerAll(bench, 10);
  assert.equal(bench.deliverer.most, 2);
});

test('a rate lets no more begin per time than it says, and resumes by itself', async () => {
  await using bench = await openBench();
  bench.clock.forward(60_000);
  bench.deliverer.auto = () => success();
  const queue = { name: 'paced', rate: '20/s', burst: 5 };
  const startedAt = performance.now();
  await bench.engine.submit(
    Array.from({ length: 25 }, () => submissionOf({ queue }, bench.clock.now())),
  );
  await until(() => bench.deliverer.count === 25);
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs >= 950, `20 turns took ${tookMs} ms`);
});

test('a turn of a slow pace is remembered across a restart', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => success();
  const queue = { name: 'hourly', rate: '1/h' };
  await bench.send({ queue });
  await until(() => bench.deliverer.count === 1);
  await bench.restart();
  const second = await bench.send({ queue: 'hourly' });
  await until(async () => (await bench.engine.get(second.id))?.waiting === 'rate');
  assert.equal(bench.deliverer.count, 1);
  const why = await bench.engine.why(second.id);
  assert.match(why?.text ?? '', /^queue hourly, rate 1\/h, next turn in (59|60) min$/);
  bench.clock.forward(3_600_000);
  await until(() => bench.deliverer.count === 2);
});

test('a paused queue begins nothing, also after a restart, until it is resumed', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => success();
  await bench.engine.pause('queue', 'q');
  const { id } = await bench.send({ queue: 'q' });
  await until(async () => (await bench.engine.get(id))?.waiting === 'paused');
  await bench.restart();
  await until(async () => (await bench.engine.get(id))?.waiting === 'paused');
  assert.equal((await bench.engine.queue('q'))?.waiting, 1);
  await bench.engine.resume('queue', 'q');
  await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.equal(bench.deliverer.count, 1);
  assert.equal((await bench.engine.queue('q'))?.waiting, 0);
});

test('an ordered queue runs one job after the other, as they were stored', async () => {
  await using bench = await openBench();
  const queue = { name: 'line', order: 'strict' };
  const urls = Array.from({ length: 10 }, (_, n) => `http://t${n}.test/`);
  for (const [n, url] of urls.entries()) await bench.send({ url, queue, priority: 3 - (n % 4) });
  const seen: string[] = [];
  while (seen.length < urls.length) {
    await until(() => bench.deliverer.pending.length === 1);
    seen.push(...urlsUnderWay(bench));
    bench.deliverer.pending[0]?.answer(success());
  }
  assert.deepEqual(seen, urls);
  assert.equal(bench.deliverer.most, 1);
});

for (const [onFailure, next] of [
  ['block', 'http://a.test/'],
  ['skip', 'http://b.test/'],
] as const) {
  test(`while the head waits for its retry, ${onFailure} lets ${next} be next`, async () => {
    await using bench = await openBench();
    const queue = { name: 'line', order: 'strict', onFailure };
    const retry = { limit: 1, delays: ['1h'] };
    const first = await bench.send({ url: 'http://a.test/', queue, retry });
    const second = await bench.send({ url: 'http://b.test/', queue });
    await until(() => bench.deliverer.pending.length === 1);
    bench.deliverer.pending[0]?.answer(response(503));
    await until(async () => (await bench.engine.get(first.id))?.waiting === 'retry');
    if (onFailure === 'block') {
      assert.equal((await bench.engine.get(second.id))?.waiting, 'order');
      // Neither a restart nor a newcomer changes that.
      await bench.restart();
      await bench.send({ url: 'http://c.test/', queue: 'line' });
      await until(async () => (await bench.engine.get(second.id))?.waiting === 'order');
      bench.clock.forward(3_600_000);
    }
    await until(() => bench.deliverer.pending.length === 1);
    assert.deepEqual(urlsUnderWay(bench), [next]);
  });
}

test('a head that fails for good parks its queue, and goes first when it is retried', async () => {
  await using bench = await openBench();
  const queue = { name: 'line', order: 'strict', onFailure: 'park' };
  const first = await bench.send({ url: 'http://a.test/', queue, retries: 0 });
  const second = await bench.send({ url: 'http://b.test/', queue });
  await until(() => bench.deliverer.pending.length === 1);
  bench.deliverer.pending[0]?.answer(response(400));
  await until(async () => (await bench.engine.get(second.id))?.waiting === 'paused');
  assert.equal((await bench.engine.queue('line'))?.parkedBy, first.id);
  await bench.restart();
  await until(async () => (await bench.engine.get(second.id))?.waiting === 'paused');
  await bench.engine.retry(first.id);
  await until(() => bench.deliverer.pending.length === 1);
  assert.deepEqual(urlsUnderWay(bench), ['http://a.test/']);
  bench.deliverer.pending[0]?.answer(success());
  await until(() => urlsUnderWay(bench)[0] === 'http://b.test/');
});

test('jobs behind a head that is cancelled while it waits go on', async () => {
  await using bench = await openBench();
  const queue = { name: 'line', order: 'strict' };
  const retry = { limit: 1, delays: ['1h'] };
  const first = await bench.send({ url: 'http://a.test/', queue, retry });
  await bench.send({ url: 'http://b.test/', queue });
  await until(() => bench.deliverer.pending.length === 1);
  bench.deliverer.pending[0]?.answer(response(503));
  await until(async () => (await bench.engine.get(first.id))?.waiting === 'retry');
  await bench.engine.cancel(first.id);
  await until(() => urlsUnderWay(bench)[0] === 'http://b.test/');
});

test('a queue that becomes ordered while it is full puts what waits in line', async () => {
  await using bench = await openBench({ attemptsPerOrigin: 1 });
  const now = bench.clock.now();
  const jobs = Array.from({ length: 520 }, (_, n) =>
    submissionOf({ url: `http://t.test/${n}`, queue: 'q', priority: n % 4, delay: 1 }, now),
  );
  await bench.engine.pause('queue', 'q');
  await bench.engine.submit(jobs.slice(0, 260));
  await bench.engine.submit(jobs.slice(260));
  bench.clock.forward(1_000);
  await bench.engine.changeBudget('queue', 'q', { order: 'strict' });
  const seen: string[] = [];
  bench.deliverer.auto = ({ target }) => {
    if (target.kind === 'http') seen.push(target.url);
    return success();
  };
  await bench.engine.resume('queue', 'q');
  await until(() => seen.length === jobs.length);
  assert.deepEqual(
    seen,
    jobs.map((_, n) => `http://t.test/${n}`),
  );
});

test('the lowest priority has its turns beside any number of better ones', async () => {
  await using bench = await openBench({ attemptsPerOrigin: 1 });
  const now = bench.clock.now();
  const better = Array.from({ length: 300 }, () => submissionOf({ priority: 0 }, now));
  await bench.engine.pause('queue', 'http://target.test');
  await bench.engine.submit(better);
  const lowest = await bench.send({ priority: 3 });
  bench.deliverer.auto = () => success();
  await bench.engine.resume('queue', 'http://target.test');
  await bench.engine.settled(lowest.id, { timeoutMs: 30_000 });
  assert.ok(bench.deliverer.count <= 20, `${bench.deliverer.count} went before it`);
});

test('a better job goes before those that memory is full of', async () => {
  await using bench = await openBench({ attemptsPerOrigin: 1 });
  const now = bench.clock.now();
  for (let n = 0; n < 5; n++) {
    await bench.engine.submit(Array.from({ length: 1_000 }, () => submissionOf({}, now)));
  }
  await until(() => bench.deliverer.pending.length === 1);
  const urgent = await bench.send({ priority: 0 });
  await until(async () => {
    bench.deliverer.pending[0]?.answer(success());
    return (await bench.engine.get(urgent.id))?.state === 'succeeded';
  });
  assert.ok(bench.deliverer.count < 200, `${bench.deliverer.count} went before it`);
});
