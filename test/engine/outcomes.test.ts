// Following several jobs until they are settled: nothing is missed, and no wait outlives its end.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { JobOutcome } from '../../src/engine/engine.ts';
import { openBench, response, submissionOf, success, until } from './bench.ts';

async function idsOf(outcomes: AsyncIterable<readonly JobOutcome[]>): Promise<string[]> {
  return (await Array.fromAsync(outcomes)).flat().map(({ id }) => id);
}

test('outcomes come as jobs settle, those already settled first', async () => {
  await using bench = await openBench();
  const [a, b, c] = [await bench.send(), await bench.send(), await bench.send()];
  await until(() => bench.deliverer.pending.length === 3);
  const answer = (id: string): void => {
    const one = bench.deliverer.pending.find(({ attempt }) => attempt.jobId === id);
    one?.answer(success());
  };
  answer(b.id);
  await until(async () => (await bench.engine.get(b.id))?.state === 'succeeded');
  const seen: string[] = [];
  for await (const some of bench.engine.outcomes([a.id, b.id, c.id], {})) {
    seen.push(...some.map(({ id }) => id));
    if (seen.length === 1) answer(c.id);
    if (seen.length === 2) answer(a.id);
  }
  assert.deepEqual(seen, [b.id, c.id, a.id]);
});

test('a retried job is awaited until it is settled, and tells what it met last', async () => {
  await using bench = await openBench();
  const { id } = await bench.send({ retry: { limit: 1, delays: [1] } });
  await until(() => bench.deliverer.pending.length === 1);
  bench.deliverer.auto = () => response(503);
  bench.deliverer.pending[0]?.answer(response(503));
  const [[one] = []] = await Array.fromAsync(bench.engine.outcomes([id], {}));
  assert.ok(one?.answer.kind === 'answer');
  assert.deepEqual([one.answer.job.reason, one.error], ['exhausted', 'status']);
  assert.equal(one.answer.job.attempts, 2);
});

test('a wait ends with its time, its caller and its engine', async () => {
  await using bench = await openBench();
  const { id } = await bench.send();
  await until(() => bench.deliverer.pending.length === 1);
  assert.deepEqual(await idsOf(bench.engine.outcomes([id], { timeoutMs: 20 })), []);
  const abort = new AbortController();
  const given = idsOf(bench.engine.outcomes([id], { signal: abort.signal }));
  abort.abort();
  assert.deepEqual(await given, []);
  const left = idsOf(bench.engine.outcomes([id], {})).catch(({ code }) => code);
  await bench.engine.stop({ drainMs: 0 });
  const ended = await left;
  assert.ok(ended === 'closed' || ended.length === 0);
});

test('a job that is not there is over; nobody waits for nothing', async () => {
  await using bench = await openBench();
  const id = randomUUID();
  const [[one] = []] = await Array.fromAsync(bench.engine.outcomes([id], {}));
  assert.deepEqual(one, { id, answer: { kind: 'unknown' } });
  assert.deepEqual(await idsOf(bench.engine.outcomes([], {})), []);
});

test('a group of many is stored, followed and found as one', async () => {
  await using bench = await openBench();
  bench.deliverer.auto = () => success();
  const submissions = Array.from({ length: 1_000 }, () => submissionOf({}, bench.clock.now()));
  const keys = submissions.map((_, index) => `key ${index}`);
  const given = { join: 'all', isList: false, keys, submissions } as const;
  const { id, members, duplicate } = await bench.engine.submitGroup(given);
  assert.deepEqual([members.length, duplicate], [1_000, false]);
  const ids = members.map((member) => member.id);
  const settled = new Set(await idsOf(bench.engine.outcomes(ids, {})));
  assert.equal(settled.size, 1_000);
  await bench.restart();
  assert.deepEqual((await bench.engine.group(id))?.members, members);
  const again = await bench.engine.submitGroup({ ...given, id });
  assert.equal(again.duplicate, true);
  assert.deepEqual(again.members, members);
});
