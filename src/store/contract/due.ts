import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewJob } from '../store.ts';
import { NOW, type OpenStore, withStore } from './sample.ts';

export function dueClaims(open: OpenStore): void {
  test('due names each queue once, and the first instant beyond', () =>
    withStore(open, async ({ store, job }) => {
      const parked = (queue: string, runAt: number) => job({ queue, runAt, isParked: true });
      await store.append([
        parked('a', NOW),
        parked('a', NOW + 5),
        parked('b', NOW + 5),
        parked('c', NOW + 20),
      ]);
      const { queues, nextAt } = await store.due({ after: NOW - 1, until: NOW + 10 });
      assert.deepEqual([...queues].sort(), ['a', 'b']);
      assert.equal(nextAt, NOW + 20);
    }));

  test('the span is open below and closed above', () =>
    withStore(open, async ({ store, job }) => {
      await store.append([job({ isParked: true, runAt: NOW + 5 })]);
      const queues = async (after: number, until: number) =>
        (await store.due({ after, until })).queues.length;
      assert.equal(await queues(NOW + 5, NOW + 10), 0);
      assert.equal(await queues(NOW + 4, NOW + 5), 1);
      assert.equal(await queues(NOW, NOW + 4), 0);
    }));

  test('everything due is named from the beginning of time', () =>
    withStore(open, async ({ store, job }) => {
      await store.append([
        job({ queue: 'a', runAt: 0, isParked: true, priority: 0 }),
        job({ queue: 'b', runAt: NOW, isParked: true, priority: 3 }),
        job({ queue: 'later', runAt: NOW + 1, isParked: true }),
      ]);
      const { queues, nextAt } = await store.due({ after: -1, until: NOW });
      assert.deepEqual([...queues].sort(), ['a', 'b']);
      assert.equal(nextAt, NOW + 1);
    }));

  test('an empty store has nothing due, ever', () =>
    withStore(open, async ({ store }) => {
      assert.deepEqual(await store.due({ after: -1, until: NOW }), { queues: [], nextAt: null });
    }));

  test('expired names waiting jobs past their time, earliest first', () =>
    withStore(open, async ({ store, job }) => {
      const late = job({ isParked: true, expiresAt: NOW + 2 });
      const early = job({ isParked: true, expiresAt: NOW + 1 });
      await store.append([late, early, job({ isParked: true, expiresAt: NOW + 3 })]);
      const name = ({ seq, id, expiresAt }: NewJob) => {
        return { seq, id, attempt: 1, triesUsed: 0, expiresAt };
      };
      assert.deepEqual(await store.expired(NOW + 2, 10), [name(early), name(late)]);
      assert.deepEqual(await store.expired(NOW + 2, 1), [name(early)]);
    }));
}
