import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobFilter } from '../../job/job-filter.ts';
import type { Store } from '../store.ts';
import {
  again,
  final,
  NOW,
  type OpenStore,
  record,
  response,
  specText,
  succeeded,
  withStore,
} from './sample.ts';

const belowSeq = 1_000_000;
const every: JobFilter['states'] = ['pending', 'running', 'succeeded', 'failed', 'cancelled'];

/** All that a filter means, found in pieces of two, and counted. */
async function meant(store: Store, filter: Partial<JobFilter>): Promise<number[]> {
  const whole = { states: every, ...filter };
  const seqs: number[] = [];
  for (let afterSeq = -1, isEnd = false; !isEnd; ) {
    const found = await store.find({ filter: whole, afterSeq, belowSeq, limit: 2 });
    seqs.push(...found.jobs.map(({ seq }) => seq));
    assert.ok(found.toSeq > afterSeq);
    ({ toSeq: afterSeq, isEnd } = found);
  }
  const counted = await store.count({ filter: whole, belowSeq });
  assert.deepEqual([counted.jobs, counted.isPartial], [seqs.length, false]);
  return seqs;
}

export function findClaims(open: OpenStore): void {
  test('jobs are found upwards by state, each once', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = Array.from({ length: 8 }, (_, n) => job({ isParked: n > 4 }));
      await store.append(jobs);
      const seqs = jobs.map(({ seq }) => seq);
      const [a = 0, b = 0, c = 0, ...waiting] = seqs;
      await store.settle([
        succeeded(a),
        succeeded(b, { next: final({ state: 'failed', reason: 'rejected' }) }),
        succeeded(c, { next: final({ state: 'cancelled' }) }),
      ]);
      assert.deepEqual(await meant(store, {}), seqs);
      assert.deepEqual(await meant(store, { states: ['succeeded'] }), [a]);
      assert.deepEqual(await meant(store, { states: ['failed'] }), [b]);
      assert.deepEqual(await meant(store, { states: ['cancelled'] }), [c]);
      assert.deepEqual(await meant(store, { states: ['failed', 'cancelled'] }), [b, c]);
      assert.deepEqual(await meant(store, { states: ['pending'] }), waiting);
      assert.deepEqual(await meant(store, { states: ['running'] }), waiting);
      const [, d = 0, e = 0] = waiting;
      const parked = { attempt: 1, runAt: 1, expiresAt: 2, triesUsed: 0, deaths: 0 };
      await store.park(waiting.slice(0, 2).map((seq) => ({ seq, ...parked })));
      store.beat(e);
      await store.ping();
      assert.deepEqual(await meant(store, { states: ['pending'] }), waiting);
      const some = { states: ['pending'] as const };
      const look = { filter: some, afterSeq: d - 1, belowSeq: e, limit: 9 };
      const found = await store.find(look);
      assert.deepEqual(
        found.jobs.map(({ seq }) => seq),
        [d],
      );
      assert.deepEqual([found.toSeq, found.isEnd], [e - 1, true]);
    }));

  test('each field of a filter narrows it', () =>
    withStore(open, async ({ store, job }) => {
      const a = job({ queue: 'x', createdAt: NOW, spec: specText({ tags: ['news'] }) });
      const b = job({ queue: 'x', createdAt: NOW + 5 });
      const c = job({ createdAt: NOW + 9, spec: specText({ url: 'http://t.test/one' }) });
      await store.append([a, b, c]);
      const next = final({ state: 'failed', reason: 'rejected', settledAt: NOW + 50 });
      await store.settle([
        succeeded(b.seq, { record: record({ result: 'reject', status: 404 }), next }),
        again(c.seq),
      ]);
      const [cause] = (await store.causes({ limit: 1 })).causes;
      const claims: (readonly [Partial<JobFilter>, number[]])[] = [
        [{ queue: 'x' }, [a.seq, b.seq]],
        [{ queue: 'never' }, []],
        [{ queue: 'x', states: ['failed'] }, [b.seq]],
        [{ queue: 'x', states: ['pending'] }, [a.seq]],
        [{ tag: 'news' }, [a.seq]],
        [{ url: '/one' }, [c.seq]],
        [{ reason: 'rejected' }, [b.seq]],
        [{ cause: cause?.number ?? 0 }, [b.seq]],
        [{ cause: 5 }, []],
        [{ status: 404 }, [b.seq]],
        [{ status: 503 }, [c.seq]],
        [{ error: 'refused' }, []],
        [{ createdAfter: NOW + 1 }, [b.seq, c.seq]],
        [{ createdAfter: NOW + 1, createdBefore: NOW + 5 }, [b.seq]],
        [{ settledAfter: NOW }, [b.seq]],
        [{ settledBefore: NOW + 49 }, []],
        [{ ids: [c.id, a.id] }, [a.seq, c.seq]],
        [{ ids: [c.id], states: ['failed'] }, []],
      ];
      for (const [filter, seqs] of claims) {
        assert.deepEqual(await meant(store, filter), seqs, JSON.stringify(filter));
      }
    }));

  test('a count names the first of them', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = Array.from({ length: 30 }, () => job());
      await store.append(jobs);
      await store.settle(
        jobs.map(({ seq }) => succeeded(seq, { next: final({ response: response() }) })),
      );
      const counted = await store.count({ filter: { states: ['succeeded'] }, belowSeq });
      assert.equal(counted.jobs, 30);
      assert.deepEqual(
        counted.sample,
        jobs.slice(0, 10).map(({ id }) => id),
      );
    }));
}
