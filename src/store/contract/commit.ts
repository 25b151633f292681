import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimed, NOW, type OpenStore, succeeded, withStore } from './sample.ts';

export function commitClaims(open: OpenStore): void {
  test('what was acknowledged is there after a crash', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const jobs = Array.from({ length: 3_000 }, () => job());
      await Promise.all(jobs.map((one) => store.append([one])));
      await Promise.all(jobs.slice(0, 1_000).map(({ seq }) => store.settle([succeeded(seq)])));
      const next = await reopen();
      await next.rescue({ now: NOW, keepFailedMs: 1 });
      const rows = await next.get(jobs.map(({ id }) => id));
      assert.equal(rows.filter((row) => row?.state === 'succeeded').length, 1_000);
      assert.equal(rows.filter((row) => row?.state === 'pending').length, 2_000);
      assert.equal((await claimed(next, { limit: 5_000 })).length, 2_000);
    }));

  test('calls are applied in the order in which they were made', () =>
    withStore(open, async ({ store, job }) => {
      const one = job({ isParked: true });
      const appended = store.append([one]);
      const first = claimed(store);
      const parked = store.park([{ ...one, runAt: NOW + 5, attempt: 1, triesUsed: 0, deaths: 0 }]);
      const second = claimed(store);
      const settled = store.settle([succeeded(one.seq)]);
      const third = claimed(store, {}, NOW + 5);
      assert.deepEqual(await first, [one.seq]);
      assert.deepEqual(await second, []);
      assert.deepEqual(await third, []);
      await Promise.all([appended, parked, settled]);
    }));

  test('a result passes new jobs that its commit has no room for', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      let stored = 0;
      const appends = Array.from({ length: 9_000 }, async () => {
        await store.append([job()]);
        stored++;
      });
      await store.settle([succeeded(one.seq)]);
      assert.ok(stored <= 4_000, `${stored} new jobs went first`);
      await Promise.all(appends);
    }));

  test('new jobs that no commit has taken are counted', () =>
    withStore(open, async ({ store, job }) => {
      const stored = store.append([job(), job()]);
      assert.equal(store.load().jobs, 2);
      await stored;
      assert.equal(store.load().jobs, 0);
    }));

  test('more calls than a commit takes are all answered', () =>
    withStore(open, async ({ store, job }) => {
      const calls = Array.from({ length: 9_000 }, () => store.append([job()]));
      assert.equal((await Promise.all(calls)).length, 9_000);
    }));

  test('a call without anything in it is answered', () =>
    withStore(open, async ({ store }) => {
      assert.deepEqual(await store.append([]), { kind: 'appended', jobs: [] });
      assert.deepEqual(await store.settle([]), []);
      assert.deepEqual(await store.claim([], NOW), []);
      assert.deepEqual(await store.get([]), []);
      store.start([]);
      await store.park([]);
    }));

  test('a healthy store says so', () => withStore(open, ({ store }) => store.ping()));

  test('closing commits what waits, and refuses what comes later', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const one = job();
      const appended = store.append([one]);
      const closed = store.close();
      assert.equal((await appended).kind, 'appended');
      await closed;
      await store.close();
      await assert.rejects(store.append([job()]), { code: 'closed' });
      await assert.rejects(store.get([one.id]), { code: 'closed' });
      const next = await reopen();
      assert.equal((await next.get([one.id]))[0]!.seq, one.seq);
    }));
}
