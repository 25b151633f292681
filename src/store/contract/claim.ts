import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimed, NOW, type OpenStore, succeeded, withStore } from './sample.ts';

export function claimClaims(open: OpenStore): void {
  test('a queue that nobody ever named is empty', () =>
    withStore(open, async ({ store }) => {
      assert.deepEqual(await store.claim([{ queue: 'nowhere', limit: 5, held: [] }], NOW), [[]]);
    }));

  test('jobs come by priority, then time, then sequence', () =>
    withStore(open, async ({ store, job }) => {
      const late = job({ isParked: true, runAt: NOW - 1 });
      const low = job({ isParked: true, priority: 3, runAt: NOW - 100 });
      const early = job({ isParked: true, runAt: NOW - 2 });
      const same = job({ isParked: true, runAt: NOW - 1 });
      const first = job({ isParked: true, priority: 0, runAt: NOW });
      await store.append([late, low, early, same, first]);
      const order = [first, early, late, same, low].map(({ seq }) => seq);
      assert.deepEqual(await claimed(store), order);
      assert.deepEqual(await claimed(store, { limit: 2 }), order.slice(0, 2));
    }));

  test('a job is never claimed early', () =>
    withStore(open, async ({ store, job }) => {
      const one = job({ isParked: true, runAt: NOW + 1 });
      await store.append([one]);
      assert.deepEqual(await claimed(store, {}, NOW), []);
      assert.deepEqual(await claimed(store, {}, NOW + 1), [one.seq]);
    }));

  test('what the owner holds is left out and does not use up the limit', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = Array.from({ length: 6 }, () => job({ isParked: true }));
      await store.append(jobs);
      const held = jobs.slice(0, 4).map(({ seq }) => seq);
      const rest = jobs.slice(4).map(({ seq }) => seq);
      assert.deepEqual(await claimed(store, { limit: 2, held }), rest);
    }));

  test('no further job is read once there are as many bytes as asked for', () =>
    withStore(open, async ({ store, job }) => {
      const body = Buffer.alloc(1_000);
      const first = job({ isParked: true, body, priority: 0 });
      const rest = [job({ isParked: true, body }), job({ isParked: true, body })];
      await store.append([first, ...rest]);
      const bytes = first.spec.length + 1_000;
      const order = [first, ...rest].map(({ seq }) => seq);
      assert.deepEqual(await claimed(store, { bytes: 1 }), order.slice(0, 1));
      assert.deepEqual(await claimed(store, { bytes }), order.slice(0, 1));
      assert.deepEqual(await claimed(store, { bytes: bytes + 1 }), order.slice(0, 2));
      assert.deepEqual(await claimed(store, { bytes: 3 * bytes }), order);
      const held = order.slice(0, 1);
      assert.deepEqual(await claimed(store, { bytes: 1, held }), order.slice(1, 2));
    }));

  test('several queues are answered in the order of the claims', () =>
    withStore(open, async ({ store, job }) => {
      const a = job({ isParked: true, queue: 'a' });
      const b = job({ isParked: true, queue: 'b' });
      await store.append([a, b]);
      const claims = ['b', 'none', 'a'].map((queue) => ({ queue, limit: 5, held: [] }));
      const found = await store.claim(claims, NOW);
      assert.deepEqual(
        found.map((jobs) => jobs.map(({ seq }) => seq)),
        [[b.seq], [], [a.seq]],
      );
    }));

  test('a job that stays in its owner’s memory is not claimed', () =>
    withStore(open, async ({ store, job }) => {
      await store.append([job()]);
      assert.deepEqual(await claimed(store), []);
    }));

  test('a claim sees what was settled before it, in the same commit', () =>
    withStore(open, async ({ store, job }) => {
      const one = job({ isParked: true });
      await store.append([one]);
      const settled = store.settle([succeeded(one.seq)]);
      assert.deepEqual(await claimed(store), []);
      await settled;
    }));
}
