import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  again,
  claimed,
  DAY,
  NOW,
  type OpenStore,
  record,
  succeeded,
  withStore,
} from './sample.ts';

export function reopenClaims(open: OpenStore): void {
  const at = { runAt: NOW + 50, expiresAt: NOW + DAY };

  test('a final job waits again, without its answer, with its attempts', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([succeeded(one.seq)]);
      const [reopened] = await store.reopen([{ seq: one.seq, ...at }]);
      assert.deepEqual(reopened, { kind: 'reopened', queue: one.queue, wasFinal: true });
      const [row] = await store.get([one.id]);
      assert.deepEqual([row!.state, row!.attempts, row!.response], ['pending', 1, null]);
      assert.deepEqual([row!.runAt, row!.expiresAt], [at.runAt, at.expiresAt]);
      assert.equal(await store.response(one.seq), null);
      const [jobs] = await store.claim([{ queue: one.queue, limit: 1, held: [] }], NOW + 50);
      assert.deepEqual([jobs![0]!.attempt, jobs![0]!.triesUsed], [2, 0]);
      const second = { attempt: 2, record: record({ number: 2 }) };
      assert.deepEqual(await store.settle([succeeded(one.seq, second)]), [true]);
      assert.equal((await store.attempts(one.seq)).length, 2);
    }));

  test('a waiting job is due at the new instant, with the tries and the deadline it had', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([again(one.seq, { runAt: NOW + DAY, deaths: 2 })]);
      const [reopened] = await store.reopen([{ seq: one.seq, ...at }]);
      assert.deepEqual(reopened, { kind: 'reopened', queue: one.queue, wasFinal: false });
      assert.deepEqual(await claimed(store, {}, NOW + 49), []);
      const [jobs] = await store.claim([{ queue: one.queue, limit: 1, held: [] }], NOW + 50);
      const { attempt, triesUsed, deaths, expiresAt } = jobs![0]!;
      assert.deepEqual([attempt, triesUsed, deaths, expiresAt], [2, 1, 2, one.expiresAt]);
    }));

  test('a job that waits in its owner’s memory alone is due on disk, with its own deadline', () =>
    withStore(open, async ({ store, job }) => {
      const one = job({ expiresAt: NOW + 2 * DAY });
      await store.append([one]);
      await store.reopen([{ seq: one.seq, ...at }]);
      const [jobs] = await store.claim([{ queue: one.queue, limit: 1, held: [] }], NOW + 50);
      const { attempt, triesUsed, expiresAt } = jobs![0]!;
      assert.deepEqual([attempt, triesUsed, expiresAt], [1, 0, one.expiresAt]);
    }));

  test('a job that is not there cannot be sent again', () =>
    withStore(open, async ({ store }) => {
      assert.deepEqual(await store.reopen([{ seq: 5, ...at }]), [{ kind: 'not_found' }]);
    }));
}
