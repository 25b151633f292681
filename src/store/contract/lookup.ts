import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { test } from 'node:test';
import { again, NOW, type OpenStore, withStore } from './sample.ts';

export function lookupClaims(open: OpenStore): void {
  test('jobs are found by id, in the order asked for', () =>
    withStore(open, async ({ store, job }) => {
      const [a, b] = [job(), job({ priority: 1, queue: 'other', runAt: NOW + 5 })];
      await store.append([a, b]);
      const rows = await store.get([b.id, randomUUIDv7(), a.id]);
      assert.deepEqual(
        rows.map((row) => row?.seq),
        [b.seq, undefined, a.seq],
      );
      assert.deepEqual(rows[0], {
        ...{ seq: b.seq, id: b.id, state: 'pending', reason: null, queue: 'other', priority: 1 },
        ...{ createdAt: NOW, runAt: NOW + 5, expiresAt: b.expiresAt, settledAt: null },
        ...{
          attempts: 0,
          spec: b.spec,
          bodyBytes: 5,
          response: null,
          isResponsePruned: false,
          clock: null,
        },
      });
    }));

  test('attempts come in their order, with what was said of them', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      const first = again(one.seq);
      const second = again(one.seq, { attempt: 2 });
      await store.settle([first]);
      await store.settle([second]);
      assert.deepEqual(await store.attempts(one.seq), [first.record, second.record]);
      assert.deepEqual(await store.attempts(999), []);
    }));

  test('a job without an answer has none', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      assert.equal(await store.response(one.seq), null);
      assert.equal(await store.response(999), null);
    }));

  test('sizes are those of the files', () =>
    withStore(open, async ({ store, job }) => {
      await store.append([job()]);
      const { bytes, walBytes, freeDiskBytes } = await store.sizes();
      assert.ok(bytes > 0 && walBytes >= 0 && freeDiskBytes > 0);
    }));
}
