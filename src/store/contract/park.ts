import assert from 'node:assert/strict';
import { test } from 'node:test';
import { again, claimed, DAY, final, NOW, type OpenStore, succeeded, withStore } from './sample.ts';

export function parkClaims(open: OpenStore): void {
  const park = (seq: number, runAt: number = NOW) => ({
    ...{ seq, attempt: 1, runAt, expiresAt: NOW + DAY, triesUsed: 0, deaths: 0 },
  });

  test('a parked job can be claimed and settled', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.park([park(one.seq)]);
      assert.deepEqual(await claimed(store), [one.seq]);
      assert.deepEqual(await claimed(store, { held: [one.seq] }), []);
      assert.deepEqual(await store.settle([succeeded(one.seq)]), [true]);
      assert.deepEqual(await claimed(store), []);
    }));

  test('parking twice changes the instant; parking a final job changes nothing', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.park([park(one.seq)]);
      await store.park([park(one.seq, NOW + 5)]);
      assert.deepEqual(await claimed(store), []);
      await store.settle([succeeded(one.seq)]);
      await store.park([park(one.seq)]);
      assert.deepEqual(await claimed(store, {}, NOW + DAY), []);
    }));

  test('a waiting job is cancelled, in memory or in the store', () =>
    withStore(open, async ({ store, job }) => {
      const [inMemory, parked, retried] = [job(), job({ isParked: true }), job()];
      await store.append([inMemory, parked, retried]);
      await store.settle([again(retried.seq)]);
      const cancels = [inMemory, parked, retried].map(({ seq }) => ({
        seq,
        final: final({ state: 'cancelled' }),
      }));
      const all = ['cancelled', 'cancelled', 'cancelled'];
      assert.deepEqual(await store.cancelWaiting(cancels), all);
      const rows = await store.get([inMemory.id, parked.id, retried.id]);
      assert.deepEqual(
        rows.map((row) => row!.state),
        all,
      );
      assert.deepEqual(
        rows.map((row) => row!.attempts),
        [0, 0, 1],
      );
      assert.deepEqual(await claimed(store, {}, NOW + DAY), []);
      assert.deepEqual(await store.settle([succeeded(inMemory.seq)]), [false]);
    }));

  test('a final or unknown job cannot be cancelled', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([succeeded(one.seq)]);
      const cancelled = final({ state: 'cancelled' });
      const cancels = [
        { seq: one.seq, final: cancelled },
        { seq: 999_999, final: cancelled },
      ];
      assert.deepEqual(await store.cancelWaiting(cancels), ['already_final', 'not_found']);
      assert.equal((await store.get([one.id]))[0]!.state, 'succeeded');
    }));
}
