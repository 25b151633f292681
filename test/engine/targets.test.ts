// What targets that misbehave cost: their own jobs time, but no tries, and others nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt } from '../../src/delivery/deliverer.ts';
import type { Outcome } from '../../src/job/outcome.ts';
import type { JobEvent } from '../../src/sendoff.ts';
import { type Bench, failure, openBench, response, submissionOf, success, until } from './bench.ts';

function hostOf({ target }: Attempt): string {
  return target.kind === 'http' ? new URL(target.url).host : '';
}

/** Remembers what happens to targets and the network. */
function listen(bench: Bench): JobEvent[] {
  const heard: JobEvent[] = [];
  bench.engine.subscribe((event) => {
    if (/^(circuit|egress)\./.test(event.type)) heard.push(event);
  });
  return heard;
}

async function opened(bench: Bench, fail: () => Outcome): Promise<string[]> {
  bench.deliverer.auto = (attempt) => (hostOf(attempt) === 'dead.test' ? fail() : success());
  const ids: string[] = [];
  for (let n = 0; n < 30; n++) {
    ids.push(
      (await bench.send({ url: 'http://dead.test/x', retry: { limit: 3, delays: ['1h'] } })).id,
    );
    await until(
      async () => (await bench.engine.attempts(ids[n] as string))?.length === 1 || n >= 10,
    );
  }
  return ids;
}

test('a target that fails ten times is sent nothing more, and others go on', async () => {
  await using bench = await openBench();
  const heard = listen(bench);
  const ids = await opened(bench, () => failure('refused', false));
  assert.equal(bench.deliverer.count, 10);
  assert.deepEqual(
    heard.map(({ type, origin, error }) => [type, origin, error]),
    [['circuit.opened', 'http://dead.test', 'refused']],
  );
  const { id } = await bench.send({ url: 'http://fine.test/' });
  assert.equal((await bench.engine.settled(id, { timeoutMs: 30_000 }))?.state, 'succeeded');
  const why = await bench.engine.why(ids[20] as string);
  assert.deepEqual([why?.reason, why?.by?.name], ['circuit', 'http://dead.test']);
  assert.match(why?.text ?? '', /http:\/\/dead.test fails; the next probe is in \d/);
  assert.deepEqual(await bench.engine.attempts(ids[20] as string), []);
});

test('4xx is an answer like any other, 5xx is none', async () => {
  await using bench = await openBench();
  await opened(bench, () => response(404));
  await until(() => bench.deliverer.count === 30);
  await using other = await openBench();
  await opened(other, () => response(500));
  assert.equal(other.deliverer.count, 10);
});

test('one probe finds out that it is back, and all waiting jobs follow', async () => {
  await using bench = await openBench();
  const heard = listen(bench);
  let isBack = false;
  const ids = await opened(bench, () => (isBack ? success() : failure('refused', false)));
  bench.clock.forward(6_000);
  await until(() => bench.deliverer.count === 11);
  isBack = true;
  bench.clock.forward(12_000);
  await until(async () => (await bench.engine.stats()).succeeded === 19);
  assert.deepEqual(
    heard.map(({ type }) => type),
    ['circuit.opened', 'circuit.closed'],
  );
  const states = await Promise.all(ids.map(async (id) => (await bench.engine.get(id))?.state));
  assert.equal(states.filter((state) => state === 'succeeded').length, 19);
});

test('a job that waits for a dead target keeps its deadline', async () => {
  await using bench = await openBench();
  await opened(bench, () => failure('refused', false));
  const { id } = await bench.send({ url: 'http://dead.test/', deadline: '2s' });
  bench.clock.forward(3_000);
  const job = await bench.engine.settled(id, { timeoutMs: 30_000 });
  assert.deepEqual([job?.state, job?.reason, job?.attempts], ['failed', 'expired', 0]);
});

test('a named queue lets jobs for other targets pass, an ordered one waits', async () => {
  await using bench = await openBench();
  await opened(bench, () => failure('refused', false));
  for (const queue of ['mixed', { name: 'strict', order: 'strict' }]) {
    await bench.send({ url: 'http://dead.test/', queue });
    await bench.send({ url: 'http://fine.test/', queue });
  }
  await until(() => bench.deliverer.count === 11);
  const { jobs } = await bench.engine.list({ queue: 'strict' });
  await until(async () => (await bench.engine.why(jobs[0]?.id as string))?.reason !== undefined);
  assert.deepEqual(
    jobs.map(({ state, attempts }) => [state, attempts]),
    [
      ['pending', 0],
      ['pending', 0],
    ],
  );
});

test('a refusal holds the whole origin, and the rate is learned', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => response(bench.deliverer.count <= 5 ? 200 : 429);
  for (let n = 0; n < 6; n++) await bench.send();
  const { id } = await bench.send({ queue: 'another' });
  await until(() => bench.deliverer.count === 6);
  const why = await bench.engine.why(id);
  assert.deepEqual([why?.reason, why?.by?.kind], ['rate', 'origin']);
  bench.clock.forward(1_001);
  await until(() => bench.deliverer.count >= 7);
  const [origin] = bench.engine.origins({}).origins;
  assert.equal(origin?.circuit, 'closed');
  assert.ok(origin?.learnedRate !== undefined && origin.learnedRate <= 5, `${origin?.learnedRate}`);
});

test('a target that takes no more for an hour holds that queue, and no other', async () => {
  await using bench = await openBench();
  const headers: [string, string][] = [['RateLimit', '"default";r=0;t=3600']];
  bench.deliverer.auto = () => response(200, headers);
  await bench.send({ queue: 'one' });
  await until(() => bench.deliverer.count === 1);
  const waiting = await bench.send({ queue: 'one' });
  await until(async () => (await bench.engine.why(waiting.id))?.reason === 'rate');
  await bench.send({ queue: 'other' });
  await until(() => bench.deliverer.count === 2);
});

test('when nobody can be reached, jobs keep their tries until somebody answers', async () => {
  await using bench = await openBench();
  const heard = listen(bench);
  let isCut = true;
  bench.deliverer.auto = () => (isCut ? failure('unreachable', false) : success());
  const ids: string[] = [];
  const sendTo = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n++) {
      const job = { url: `http://target-${n}.test/`, retry: { limit: 1, delays: ['1h'] } };
      ids.push((await bench.send(job)).id);
    }
  };
  await sendTo(0, 15);
  await until(() => bench.deliverer.count === 15);
  bench.clock.forward(3_000);
  await sendTo(15, 30);
  await until(() => heard.length === 1);
  assert.equal(heard[0]?.type, 'egress.suspect');
  const before = bench.deliverer.count;
  for (let probes = 1; probes <= 5; probes++) {
    bench.clock.forward(5_000);
    await until(() => bench.deliverer.count >= before + probes);
  }
  const waiting = await bench.send({ url: 'http://new.test/' });
  assert.equal((await bench.engine.why(waiting.id))?.reason, 'brake');
  isCut = false;
  bench.clock.forward(5_000);
  await until(() => heard.length === 2);
  assert.equal(heard[1]?.type, 'egress.clear');
  bench.clock.forward(3_600_000);
  await until(async () => (await bench.engine.stats()).succeeded === 31);
  const results = await Promise.all(ids.map((id) => bench.engine.attempts(id)));
  const failed = results.flatMap((all) => all?.filter(({ result }) => result !== 'success') ?? []);
  assert.ok(failed.length <= ids.length + 5, `${failed.length} tries were in vain`);
});

test('jobs behind more of a dead target than memory holds are found on disk', async () => {
  await using bench = await openBench();
  await opened(bench, () => failure('refused', false));
  const now = bench.clock.now();
  const submit = async (url: string, count: number): Promise<void> => {
    const one = submissionOf({ url, queue: 'mixed' }, now);
    await bench.engine.submit(Array.from({ length: count }, () => one));
  };
  for (let n = 0; n < 5; n++) await submit('http://dead.test/', 1_000);
  await submit('http://fine.test/', 300);
  await until(async () => (await bench.engine.stats()).succeeded === 300);
  await submit('http://fine.test/', 1);
  await until(async () => (await bench.engine.stats()).succeeded === 301);
  assert.equal((await bench.engine.stats()).failed, 0);
});

test('a flood into a dead target is told as one event, with the next probe', async () => {
  await using bench = await openBench();
  const heard = listen(bench);
  const now = bench.clock.now();
  const one = submissionOf({ url: 'http://dead.test/', retry: { limit: 1, delays: ['1h'] } }, now);
  await bench.engine.submit(Array.from({ length: 300 }, () => one));
  await until(() => bench.deliverer.pending.length === 100);
  for (const { answer } of [...bench.deliverer.pending]) answer(failure('reset'));
  await until(() => heard.length > 0);
  assert.equal(heard.length, 1);
  const inMs = Date.parse(heard[0]?.until ?? '') - now;
  assert.ok(inMs >= 5_000 && inMs <= 12_000, `${inMs}`);
});

test('jobs on disk that were passed by go on when their target is back', async () => {
  await using bench = await openBench();
  let isBack = false;
  bench.deliverer.auto = (attempt) => {
    const isFine = hostOf(attempt) === 'lame.test' && isBack;
    return isFine ? success() : failure('refused', false);
  };
  const now = bench.clock.now();
  const submit = async (url: string, count: number, queue: string): Promise<void> => {
    const one = submissionOf({ url, queue, retry: { limit: 1, delays: ['1h'] } }, now);
    await bench.engine.submit(Array.from({ length: count }, () => one));
  };
  for (const name of ['dead', 'lame']) await submit(`http://${name}.test/`, 10, `${name} first`);
  await until(() => bench.deliverer.count === 20);
  for (let n = 0; n < 3; n++) await submit('http://dead.test/', 1_000, 'mixed');
  for (let n = 0; n < 3; n++) await submit('http://lame.test/', 1_000, 'mixed');
  isBack = true;
  await until(async () => {
    bench.clock.forward(1_000);
    return (await bench.engine.stats()).succeeded === 3_000;
  });
});
