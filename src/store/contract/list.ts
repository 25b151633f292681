import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListQuery, Store } from '../store.ts';
import { final, type OpenStore, specText, succeeded, withStore } from './sample.ts';

async function listed(store: Store, query: Partial<ListQuery> = {}): Promise<number[]> {
  const page = await store.list({ limit: 100, ...query });
  assert.equal(page.isPartial, false);
  return page.jobs.map(({ seq }) => seq);
}

export function listClaims(open: OpenStore): void {
  test('jobs are listed newest first, page by page, without gaps', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = Array.from({ length: 7 }, () => job());
      await store.append(jobs);
      const seen: number[] = [];
      let beforeSeq: number | null = Number.MAX_SAFE_INTEGER;
      while (beforeSeq !== null) {
        const page: Awaited<ReturnType<Store['list']>> = await store.list({ limit: 3, beforeSeq });
        seen.push(...page.jobs.map(({ seq }) => seq));
        beforeSeq = page.nextBeforeSeq;
      }
      assert.deepEqual(seen, jobs.map(({ seq }) => seq).reverse());
    }));

  test('each state has its list', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = Array.from({ length: 6 }, (_, i) => job({ isParked: i === 5 }));
      await store.append(jobs);
      const [a, b, c, d, e, f] = jobs.map(({ seq }) => seq) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      await store.settle([
        succeeded(a),
        succeeded(b, { next: final({ state: 'failed', reason: 'rejected' }) }),
        succeeded(c, { next: final({ state: 'cancelled' }) }),
        succeeded(d, { next: final({ state: 'failed', reason: 'exhausted' }) }),
      ]);
      assert.deepEqual(await listed(store, { state: 'succeeded' }), [a]);
      assert.deepEqual(await listed(store, { state: 'failed' }), [d, b]);
      assert.deepEqual(await listed(store, { state: 'cancelled' }), [c]);
      assert.deepEqual(await listed(store, { state: 'pending' }), [f, e]);
      store.beat(f + 1);
      await store.park([{ seq: e, attempt: 1, runAt: 1, expiresAt: 2, triesUsed: 0, deaths: 0 }]);
      assert.deepEqual(await listed(store, { state: 'pending' }), [f, e]);
      assert.deepEqual(await listed(store, { state: 'pending', beforeSeq: f }), [e]);
    }));

  test('a queue has its list, alone and with a state', () =>
    withStore(open, async ({ store, job }) => {
      const [a, b, c] = [job({ queue: 'x' }), job({ queue: 'y' }), job({ queue: 'x' })];
      await store.append([a, b, c]);
      await store.settle([succeeded(a.seq, { next: final({ state: 'failed' }) })]);
      assert.deepEqual(await listed(store, { queue: 'x' }), [c.seq, a.seq]);
      assert.deepEqual(await listed(store, { queue: 'x', state: 'failed' }), [a.seq]);
      assert.deepEqual(await listed(store, { queue: 'x', state: 'pending' }), [c.seq]);
      assert.deepEqual(await listed(store, { queue: 'y', state: 'failed' }), []);
      assert.deepEqual(await listed(store, { queue: 'never' }), []);
    }));

  test('tags and parts of the URL filter exactly', () =>
    withStore(open, async ({ store, job }) => {
      const tagged = job({
        spec: specText({ tags: ['a"b', 'news'], url: 'http://t.test/one?x=1' }),
      });
      const decoy = job({ spec: specText({ key: 'news', url: 'http://t.test/two' }) });
      await store.append([tagged, decoy]);
      assert.deepEqual(await listed(store, { tag: 'news' }), [tagged.seq]);
      assert.deepEqual(await listed(store, { tag: 'a"b' }), [tagged.seq]);
      assert.deepEqual(await listed(store, { tag: 'new' }), []);
      assert.deepEqual(await listed(store, { url: 't.test' }), [decoy.seq, tagged.seq]);
      assert.deepEqual(await listed(store, { url: '/one?x' }), [tagged.seq]);
      assert.deepEqual(await listed(store, { url: 'news' }), []);
      assert.deepEqual(await listed(store, { url: 'two', tag: 'news' }), []);
    }));
}
