import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DAY,
  final,
  hashOf,
  NOW,
  type OpenStore,
  response,
  succeeded,
  withStore,
} from './sample.ts';

export function pruneClaims(open: OpenStore): void {
  test('the response goes first, the job later, and never before its time', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([succeeded(one.seq)]);
      assert.equal(await store.prune(NOW + DAY - 1, 100), 0);
      assert.equal(await store.prune(NOW + DAY, 100), 1);
      assert.equal(await store.response(one.seq), null);
      const [row] = await store.get([one.id]);
      assert.deepEqual(
        [row!.state, row!.response, row!.isResponsePruned],
        ['succeeded', null, true],
      );
      assert.equal(await store.prune(NOW + 7 * DAY - 1, 100), 0);
      assert.equal(await store.prune(NOW + 7 * DAY, 100), 1);
      assert.deepEqual(await store.get([one.id]), [undefined]);
      assert.deepEqual(await store.attempts(one.seq), []);
      assert.equal(await store.prune(NOW + 7 * DAY, 100), 0);
    }));

  test('a job without a response goes in one step', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([succeeded(one.seq, { next: final({ state: 'failed' }) })]);
      assert.equal(await store.prune(NOW + DAY, 100), 0);
      assert.equal((await store.get([one.id]))[0]!.isResponsePruned, false);
      assert.equal(await store.prune(NOW + 7 * DAY, 100), 1);
    }));

  test('a response kept longer than its job goes with it', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      const kept = { keepResponseUntilAt: NOW + 9 * DAY, keepJobUntilAt: NOW + DAY };
      const next = final({ ...kept, response: response() });
      await store.settle([succeeded(one.seq, { next })]);
      assert.equal(await store.prune(NOW + DAY, 100), 1);
      assert.deepEqual(await store.get([one.id]), [undefined]);
      assert.equal(await store.response(one.seq), null);
    }));

  test('pruning takes the steps it is told to', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = Array.from({ length: 25 }, () => job());
      await store.append(jobs);
      await store.settle(jobs.map(({ seq }) => succeeded(seq)));
      const now = NOW + 7 * DAY;
      const steps: number[] = [];
      for (let removed = -1; removed !== 0; steps.push(removed))
        removed = await store.prune(now, 10);
      assert.deepEqual(steps, [10, 10, 5, 0]);
    }));

  test('without room settled jobs go early, those that came first first', () =>
    withStore(open, async ({ store, job }) => {
      const [late, ...jobs] = Array.from({ length: 5 }, () => job());
      const waiting = job({ isParked: true });
      await store.append([...jobs, waiting, late!]);
      const ends = jobs.map(({ seq }) => succeeded(seq));
      const next = final({ state: 'failed', reason: 'rejected', settledAt: NOW + 500 });
      await store.settle([...ends.toReversed(), succeeded(late!.seq, { next })]);
      assert.equal(await store.pruneEarly(NOW + 19, 100), 0);
      assert.equal(await store.pruneEarly(NOW + 20, 3), 3);
      const left = await store.get(jobs.map(({ id }) => id));
      assert.deepEqual(
        left.map((row) => row?.id),
        [undefined, undefined, undefined, jobs[3]?.id],
      );
      assert.equal(await store.pruneEarly(NOW + 500, 100), 2);
      assert.equal(await store.pruneEarly(NOW + 500, 100), 0);
      assert.equal((await store.get([waiting.id]))[0]?.state, 'pending');
      assert.deepEqual((await store.causes({ limit: 1 })).causes, []);
    }));

  test('the store says how much of it is empty', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = Array.from({ length: 20 }, () => job({ body: Buffer.alloc(60_000) }));
      await store.append(jobs);
      await store.settle(jobs.map(({ seq }) => succeeded(seq)));
      const before = await store.sizes();
      await store.pruneEarly(NOW + 20, 100);
      const { bytes, reusableBytes, freeDiskBytes, diskBytes } = await store.sizes();
      assert.ok(reusableBytes - before.reusableBytes > 1_000_000);
      assert.ok(bytes >= before.bytes && freeDiskBytes < diskBytes);
    }));

  test('waiting jobs are never pruned', () =>
    withStore(open, async ({ store, job }) => {
      const [a, b] = [job(), job({ isParked: true })];
      await store.append([a, b]);
      assert.equal(await store.prune(Number.MAX_SAFE_INTEGER, 100), 0);
    }));

  test('a reopened job is not pruned by its earlier end', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([succeeded(one.seq)]);
      await store.reopen([{ seq: one.seq, runAt: NOW, expiresAt: NOW + 90 * DAY }]);
      assert.equal(await store.prune(NOW + 30 * DAY, 100), 0);
      assert.equal((await store.get([one.id]))[0]!.state, 'pending');
    }));

  test('a key goes when its window is over', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      const dedupe = { key: 'k', untilAt: NOW + 100, compare: 'content' } as const;
      await store.append([{ ...one, hash: hashOf(one), dedupe }]);
      assert.equal(await store.prune(NOW + 99, 100), 0);
      assert.equal(await store.prune(NOW + 100, 100), 1);
    }));

  test('a key whose job is gone stands for nothing', () =>
    withStore(open, async ({ store, job }) => {
      const [one, two] = [job(), job({ createdAt: NOW + 8 * DAY })];
      const dedupe = { key: 'k', untilAt: NOW + 99 * DAY, compare: 'content' } as const;
      await store.append([{ ...one, hash: hashOf(one), dedupe }]);
      await store.settle([succeeded(one.seq)]);
      await store.prune(NOW + 8 * DAY, 100);
      const result = await store.append([{ ...two, hash: hashOf(two), dedupe }]);
      assert.deepEqual(result, { kind: 'appended', jobs: [{ kind: 'stored' }] });
    }));
}
