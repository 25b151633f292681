import assert from 'node:assert/strict';
import { test } from 'node:test';
import { causeNumber } from '../../job/cause.ts';
import type { AttemptRecord, FailReason } from '../../job/job.ts';
import type { NewJob, Settlement } from '../store.ts';
import {
  DAY,
  final,
  NOW,
  type OpenStore,
  record,
  specText,
  succeeded,
  withStore,
} from './sample.ts';

/** The first attempt of a job was its last. */
function failed(
  { seq }: NewJob,
  end: Partial<AttemptRecord> & { readonly reason?: FailReason; readonly at?: number } = {},
): Settlement {
  const { reason = 'rejected', at = NOW + 20, ...attempt } = end;
  const next = final({ state: 'failed', reason, settledAt: at });
  return succeeded(seq, { record: record({ result: 'reject', ...attempt }), next });
}

const all = { limit: 100 };

export function causeClaims(open: OpenStore): void {
  test('failed jobs stand in one group for each cause, the largest first', () =>
    withStore(open, async ({ store, job }) => {
      const there = job({ spec: specText({ url: 'https://other.test:8443/a?b' }) });
      const [a, b, c, d, e] = [job(), job(), job(), job(), job()];
      await store.append([there, a, b, c, d, e]);
      await store.settle([
        failed(there, { status: 404 }),
        failed(a, { status: 404, at: NOW + 30 }),
        failed(b, { status: 404, at: NOW + 10 }),
        failed(c, { reason: 'exhausted', error: 'refused' }),
        succeeded(d.seq),
        succeeded(e.seq, { next: final({ state: 'cancelled' }) }),
      ]);
      const { causes, isPartial } = await store.causes(all);
      assert.equal(isPartial, false);
      const [first, ...others] = causes;
      const cause = {
        origin: 'http://target.test',
        reason: 'rejected',
        status: 404,
        error: null,
      } as const;
      assert.deepEqual(first, {
        ...cause,
        number: causeNumber(cause),
        jobs: 2,
        firstAt: NOW + 30,
        lastAt: NOW + 30,
        sampleId: b.id,
      });
      assert.deepEqual(
        new Set(others.map(({ origin, error, jobs }) => `${origin} ${error} ${jobs}`)),
        new Set(['https://other.test:8443 null 1', 'http://target.test refused 1']),
      );
      const { causes: one } = await store.causes({ ...all, origin: 'https://other.test:8443' });
      assert.deepEqual(
        one.map(({ sampleId }) => sampleId),
        [there.id],
      );
      assert.equal((await store.causes({ limit: 2 })).isPartial, true);
    }));

  test('a job that expires while it waits has the cause of its last attempt', () =>
    withStore(open, async ({ store, job }) => {
      const [tried, untried] = [job(), job()];
      await store.append([tried, untried]);
      const next = { kind: 'again', runAt: NOW + 1, expiresAt: NOW + 2, triesUsed: 1 } as const;
      await store.settle([
        {
          ...{ seq: tried.seq, attempt: 1, next: { ...next, deaths: 0 } },
          record: record({ result: 'retry', status: 503 }),
        },
      ]);
      const expired = final({ state: 'failed', reason: 'expired' });
      await store.settle([
        { seq: tried.seq, attempt: 2, next: expired },
        { seq: untried.seq, attempt: 1, next: expired },
      ]);
      const { causes } = await store.causes(all);
      assert.deepEqual(new Set(causes.map(({ status }) => status)), new Set([503, null]));
    }));

  test('a group loses the jobs that wait again or are pruned, and goes with the last', () =>
    withStore(open, async ({ store, job, reopen }) => {
      const jobs = [job(), job(), job()];
      await store.append(jobs);
      await store.settle(jobs.map((one) => failed(one, { status: 500 })));
      const [a] = jobs as [NewJob, NewJob, NewJob];
      await store.reopen([{ seq: a.seq, runAt: NOW, expiresAt: NOW + DAY }]);
      assert.equal((await store.causes(all)).causes[0]?.jobs, 2);
      const next = await reopen();
      await next.rescue({ now: NOW, keepFailedMs: DAY });
      assert.equal((await next.causes(all)).causes[0]?.jobs, 2);
      await next.prune(NOW + 30 * DAY, 1);
      assert.equal((await next.causes(all)).causes[0]?.jobs, 1);
      await next.prune(NOW + 30 * DAY, 100);
      assert.deepEqual(await next.causes(all), { causes: [], isPartial: false });
    }));

  test('a job that died with its process has a cause too', () =>
    withStore(open, async ({ store, job, reopen }) => {
      const one = job({ spec: specText({ delivery: 'at-most-once' }) });
      await store.append([one]);
      store.start([{ seq: one.seq, attempt: 1, startedAt: NOW, isAlone: false, isOnce: true }]);
      const next = await reopen();
      await next.rescue({ now: NOW + 5, keepFailedMs: DAY });
      const { causes } = await next.causes(all);
      assert.deepEqual(
        causes.map(({ reason, jobs, sampleId }) => [reason, jobs, sampleId]),
        [['unknown', 1, one.id]],
      );
    }));

  test('a cause has its list', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = [job(), job({ queue: 'x' }), job()];
      await store.append(jobs);
      await store.settle(jobs.map((one, n) => failed(one, { status: n === 2 ? 410 : 404 })));
      const { causes } = await store.causes(all);
      const cause = causes[0]?.number ?? 0;
      const page = await store.list({ cause, limit: 100 });
      assert.deepEqual(
        page.jobs.map(({ id }) => id),
        [jobs[1]?.id, jobs[0]?.id],
      );
      const narrow = await store.list({ cause, queue: 'x', state: 'failed', limit: 100 });
      assert.equal(narrow.jobs.length, 1);
      assert.deepEqual((await store.list({ cause: 12, limit: 100 })).jobs, []);
    }));
}
