import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORDERED_LEVEL } from '../../job/job.ts';
import { claimed, NOW, type OpenStore, withStore } from './sample.ts';

const ordered = { isParked: true, priority: ORDERED_LEVEL } as const;

export function orderClaims(open: OpenStore): void {
  test('ordered jobs come by their number, whatever their times', () =>
    withStore(open, async ({ store, job }) => {
      const late = job({ ...ordered, runAt: NOW });
      const early = job({ ...ordered, runAt: NOW - 100 });
      const later = job({ ...ordered, runAt: NOW + 1 });
      await store.append([late, early, later]);
      assert.deepEqual(await claimed(store, { isOrdered: true }), [late.seq, early.seq]);
    }));

  test('the one that has begun comes before those with lower numbers', () =>
    withStore(open, async ({ store, job }) => {
      const [first, second, begun] = [job(ordered), job(ordered), job(ordered)];
      await store.append([first, second, begun]);
      const { seq, expiresAt } = begun;
      await store.park([{ seq, attempt: 2, runAt: NOW, expiresAt, triesUsed: 1, deaths: 0 }]);
      const order = [begun, first, second].map((one) => one.seq);
      assert.deepEqual(await claimed(store, { isOrdered: true }), order);
      assert.deepEqual(await claimed(store, { isOrdered: true, limit: 1 }), order.slice(0, 1));
      const held = order.slice(0, 1);
      assert.deepEqual(await claimed(store, { isOrdered: true, held }), order.slice(1));
    }));

  test('jobs that had a priority are put in line, and the one that has begun is named', () =>
    withStore(open, async ({ store, job }) => {
      const one = job({ isParked: true, queue: 'q', priority: 3 });
      const begun = job({ isParked: true, queue: 'q', priority: 0 });
      await store.append([one, begun]);
      const { seq, expiresAt } = begun;
      await store.park([{ seq, attempt: 2, runAt: NOW, expiresAt, triesUsed: 1, deaths: 0 }]);
      const answers = await store.lineUp(['q', 'nowhere']);
      assert.deepEqual(answers, [
        { begun: seq, isWhole: true },
        { begun: null, isWhole: true },
      ]);
      const order = [begun.seq, one.seq];
      assert.deepEqual(await claimed(store, { queue: 'q', isOrdered: true }), order);
    }));
}
