import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { test } from 'node:test';
import type { BulkProgress, BulkStep, NewBulk, ReopenSeen } from '../bulk.ts';
import type { NewJob } from '../store.ts';
import {
  claimed,
  DAY,
  final,
  NOW,
  newJob,
  type OpenStore,
  succeeded,
  withStore,
} from './sample.ts';

const nothing: BulkProgress = { looked: 0, matched: 0, done: 0, skipped: {}, failed: {} };

function newBulk(changes: Partial<NewBulk> = {}): NewBulk {
  return {
    id: randomUUIDv7(),
    request: '{"action":"retry"}',
    hash: Buffer.alloc(32, 1),
    createdAt: NOW,
    belowSeq: 1_000,
    expected: { jobs: 3, isPartial: false },
    ...changes,
  };
}

function step(bulk: NewBulk, changes: Partial<BulkStep>): BulkStep {
  const effects = { reopens: [], cancels: [], resends: [] };
  return { id: bulk.id, fromSeq: 0, toSeq: 10, progress: nothing, ...effects, ...changes };
}

function reopenOf({ seq }: NewJob, settledAt: number | null = NOW + 20): ReopenSeen {
  return { seq, runAt: NOW, expiresAt: NOW + DAY, seen: { settledAt, attempts: 1 } };
}

const failed = { next: final({ state: 'failed', reason: 'rejected' }) } as const;
const end = { at: NOW + 9, pruneAt: NOW + DAY };

export function bulkClaims(open: OpenStore): void {
  test('an operation begins once; the same id again is the same one or a mismatch', () =>
    withStore(open, async ({ store }) => {
      const bulk = newBulk();
      const begun = await store.beginBulk(bulk);
      assert.equal(begun.kind, 'begun');
      const again = await store.beginBulk({ ...bulk, createdAt: NOW + 5 });
      assert.equal(again.kind, 'repeated');
      assert.deepEqual(begun.kind === 'begun' && begun.bulk, await store.bulk(bulk.id));
      const other = await store.beginBulk({ ...bulk, hash: Buffer.alloc(32, 2) });
      assert.deepEqual(other, { kind: 'mismatch' });
      assert.equal(await store.bulk(randomUUIDv7()), undefined);
      assert.equal((await store.bulks({ limit: 10 })).length, 1);
    }));

  test('a step and the place where it ends are one commit, and a death loses neither', () =>
    withStore(open, async ({ store, job, reopen }) => {
      const jobs = [job(), job(), job()] as const;
      await store.append(jobs);
      await store.settle(jobs.map(({ seq }) => succeeded(seq, failed)));
      const [a, b] = jobs;
      const bulk = newBulk();
      await store.beginBulk(bulk);
      const progress = { ...nothing, looked: 2, matched: 2, skipped: { due: 1 } };
      const first = step(bulk, { toSeq: a.seq, reopens: [reopenOf(a)], progress });
      const stepped = await store.stepBulk(first);
      assert.deepEqual(stepped?.reopened, [true]);
      assert.deepEqual(stepped?.bulk.progress, { ...progress, done: 1 });
      const next = await reopen();
      await next.rescue({ now: NOW, keepFailedMs: DAY });
      assert.deepEqual(await claimed(next), [a.seq]);
      const [running] = await next.bulks({ isRunning: true, limit: 10 });
      assert.deepEqual([running?.cursor, running?.progress.done], [a.seq, 1]);
      // The same step again is behind the place where the operation stands.
      assert.equal(await next.stepBulk(first), undefined);
      const last = step(bulk, { fromSeq: a.seq, toSeq: 999, reopens: [reopenOf(b)], end });
      const done = await next.stepBulk(last);
      assert.deepEqual([done?.bulk.state, done?.bulk.endedAt], ['done', end.at]);
      assert.deepEqual(await next.bulks({ isRunning: true, limit: 10 }), []);
      assert.equal(await next.stepBulk({ ...last, fromSeq: 999 }), undefined);
    }));

  test('a job that has changed since it was seen is left alone', () =>
    withStore(open, async ({ store, job }) => {
      const [a, b, c] = [job(), job(), job()];
      await store.append([a, b, c]);
      await store.settle([succeeded(a.seq, failed), succeeded(b.seq, failed)]);
      const bulk = newBulk();
      await store.beginBulk(bulk);
      const final1 = final({ state: 'cancelled' });
      const stepped = await store.stepBulk(
        step(bulk, {
          reopens: [
            reopenOf(a, NOW + 19),
            { ...reopenOf(b), seen: { settledAt: NOW + 20, attempts: 2 } },
            reopenOf(c, null),
            { ...reopenOf(a), seq: 77 },
          ],
          cancels: [
            { seq: a.seq, final: final1 },
            { seq: c.seq, final: final1 },
          ],
        }),
      );
      assert.deepEqual(stepped?.reopened, [false, false, true, false]);
      assert.deepEqual(stepped?.cancelled, [false, true]);
      assert.deepEqual(stepped?.bulk.progress, { ...nothing, done: 2, skipped: { changed: 4 } });
      assert.equal((await store.get([a.id]))[0]?.state, 'failed');
      assert.equal((await store.get([c.id]))[0]?.state, 'cancelled');
    }));

  test('an aborted operation does nothing more, and is forgotten in time', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([succeeded(one.seq, failed)]);
      const bulk = newBulk();
      await store.beginBulk(bulk);
      assert.equal((await store.abortBulk(bulk.id, end))?.state, 'aborted');
      assert.equal(await store.stepBulk(step(bulk, { reopens: [reopenOf(one)] })), undefined);
      const later = await store.abortBulk(bulk.id, { at: NOW + 99, pruneAt: NOW + 99 });
      assert.equal(later?.endedAt, end.at);
      assert.equal(await store.abortBulk(randomUUIDv7(), end), undefined);
      assert.equal(await store.prune(end.pruneAt - 1, 10), 0);
      assert.equal(await store.prune(end.pruneAt, 10), 1);
      assert.equal(await store.bulk(bulk.id), undefined);
    }));

  test('a step hands jobs over again within the same commit', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([succeeded(one.seq, failed)]);
      const bulk = newBulk();
      await store.beginBulk(bulk);
      const copy = newJob({ seq: 500, body: null, isParked: true });
      const resends = [
        { fromSeq: one.seq, job: copy },
        { fromSeq: 400, job: newJob({ seq: 501, body: null, isParked: true }) },
      ];
      const stepped = await store.stepBulk(step(bulk, { resends }));
      assert.deepEqual(stepped?.resent, [true, false]);
      assert.deepEqual(await claimed(store), [500]);
    }));
}
