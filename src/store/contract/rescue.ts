import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../limits.ts';
import type { Rescued, Store } from '../store.ts';
import {
  again,
  claimed,
  DAY,
  NOW,
  type OpenStore,
  specText,
  succeeded,
  withStore,
} from './sample.ts';

const LATER = NOW + 60_000;

function rescue(store: Store): ReturnType<Store['rescue']> {
  return store.rescue({ now: LATER, keepFailedMs: DAY });
}

function endsOf({ ended }: Rescued): unknown[] {
  return ended.map(({ job, reason, settledAt }) => [job.id, job.attempt, reason, settledAt]);
}

export function rescueClaims(open: OpenStore): void {
  test('an empty store has nothing to give back', () =>
    withStore(open, async ({ reopen }) => {
      assert.deepEqual(await rescue(await reopen()), {
        ...{ nextSeq: 1, nextBodyId: 1, jobs: 0, interrupted: [] },
        ...{ dueQueues: [], suspects: [], ended: [] },
      });
    }));

  test('jobs that lived in memory wait in the store after a crash', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const jobs = [
        job({ queue: 'a' }),
        job({ queue: 'b' }),
        job({ queue: 'c', runAt: LATER + 1 }),
      ];
      const settled = job();
      await store.append([...jobs, settled]);
      await store.settle([succeeded(settled.seq)]);
      const next = await reopen();
      const rescued = await rescue(next);
      assert.equal(rescued.jobs, 3);
      assert.equal(rescued.nextSeq, settled.seq + 1);
      assert.deepEqual([...rescued.dueQueues].sort(), ['a', 'b']);
      assert.deepEqual(await claimed(next, { queue: 'a' }, LATER), [jobs[0]!.seq]);
      assert.deepEqual(await claimed(next, { queue: 'c' }, LATER + 1), [jobs[2]!.seq]);
    }));

  test('jobs below the low-water mark are not looked at again', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const [a, b] = [job(), job()];
      await store.append([a, b]);
      await store.park([{ ...a, attempt: 1, triesUsed: 0, deaths: 0 }]);
      store.beat(b.seq);
      await store.ping();
      const next = await reopen();
      assert.equal((await rescue(next)).jobs, 1);
      assert.deepEqual(await claimed(next, {}, LATER), [a.seq, b.seq]);
    }));

  test('an attempt under way is recorded as interrupted and tried again at once', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const spec = specText({ limit: 'key' });
      const [fresh, retried, idle] = [job(), job({ spec }), job()];
      await store.append([fresh, retried, idle]);
      await store.settle([again(retried.seq, { runAt: NOW })]);
      store.start([
        { seq: fresh.seq, attempt: 1, startedAt: NOW + 1, isAlone: false },
        { seq: retried.seq, attempt: 2, startedAt: NOW + 2, isAlone: false },
      ]);
      const next = await reopen();
      const rescued = await rescue(next);
      assert.deepEqual(rescued.interrupted, [
        { queue: fresh.queue, limit: null, startedAt: NOW + 1 },
        { queue: retried.queue, limit: 'key', startedAt: NOW + 2 },
      ]);
      const record = { startedAt: NOW + 1, endedAt: LATER, result: 'interrupted' };
      assert.deepEqual(await next.attempts(fresh.seq), [{ number: 1, ...record }]);
      assert.equal((await next.attempts(retried.seq))[1]!.result, 'interrupted');
      const [jobs] = await next.claim([{ queue: fresh.queue, limit: 9, held: [] }], LATER);
      const seen = jobs!.map(({ seq, attempt, triesUsed, deaths }) => [
        seq,
        attempt,
        triesUsed,
        deaths,
      ]);
      assert.deepEqual(seen, [
        [fresh.seq, 2, 0, 1],
        [retried.seq, 3, 1, 1],
        [idle.seq, 1, 0, 0],
      ]);
    }));

  test('a job that began in time has its deadline after a crash; one that did not has not', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const [startByAt, deadlineAt] = [NOW + 30_000, NOW + DAY];
      const spec = specText({ startByAt, deadlineAt });
      const [begun, idle, reopened] = [
        job({ spec, expiresAt: startByAt }),
        job({ spec, expiresAt: startByAt }),
        job({ spec, expiresAt: startByAt + 2 * DAY }),
      ];
      await store.append([begun, idle, reopened]);
      const start = { attempt: 1, startedAt: NOW + 1, isAlone: false };
      store.start([
        { seq: begun.seq, ...start },
        { seq: reopened.seq, ...start },
      ]);
      const next = await reopen();
      await rescue(next);
      const rows = await next.get([begun.id, idle.id, reopened.id]);
      assert.deepEqual(
        rows.map((row) => row!.expiresAt),
        [deadlineAt, startByAt, startByAt + 2 * DAY],
      );
    }));

  test('an attempt that was settled before the crash is not interrupted', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const [done, retried] = [job(), job()];
      await store.append([done, retried]);
      const start = { attempt: 1, startedAt: NOW, isAlone: false };
      store.start([
        { seq: done.seq, ...start },
        { seq: retried.seq, ...start },
      ]);
      await store.settle([succeeded(done.seq), again(retried.seq)]);
      const next = await reopen();
      const rescued = await rescue(next);
      assert.deepEqual([rescued.jobs, rescued.interrupted], [0, []]);
      assert.deepEqual(
        (await next.attempts(done.seq)).map(({ result }) => result),
        ['success'],
      );
    }));

  test('a second rescue finds nothing new', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const one = job();
      await store.append([one]);
      store.start([{ seq: one.seq, attempt: 1, startedAt: NOW, isAlone: false }]);
      const next = await reopen();
      await rescue(next);
      const again = await rescue(next);
      assert.deepEqual([again.jobs, again.interrupted], [0, []]);
      assert.equal((await next.attempts(one.seq)).length, 1);
    }));

  test('a late result of a rescued attempt changes nothing', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const one = job();
      await store.append([one]);
      store.start([{ seq: one.seq, attempt: 1, startedAt: NOW, isAlone: false }]);
      const next = await reopen();
      await rescue(next);
      assert.deepEqual(await next.settle([succeeded(one.seq)]), [false]);
    }));

  test('many deaths make a suspect, and a death alone convicts it', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const deaths = limits.deathsBeforeAlone;
      const [bad, other] = [job(), job()];
      await store.append([bad, other]);
      await store.settle([again(bad.seq, { runAt: NOW, deaths })]);
      const next = await reopen();
      const { suspects, ended } = await rescue(next);
      assert.deepEqual(
        suspects.map(({ seq, deaths }) => [seq, deaths]),
        [[bad.seq, deaths]],
      );
      assert.deepEqual(ended, []);
      const start = { seq: bad.seq, attempt: 2, startedAt: LATER };
      next.start([{ ...start, isAlone: false }]);
      next.start([{ ...start, isAlone: true }]);
      const third = await reopen();
      const rescued = await rescue(third);
      assert.deepEqual(endsOf(rescued), [[bad.id, 2, 'poison', LATER]]);
      assert.deepEqual(rescued.suspects, []);
      const [row] = await third.get([bad.id]);
      assert.deepEqual([row!.state, row!.reason, row!.attempts], ['failed', 'poison', 2]);
      assert.equal((await third.attempts(bad.seq))[1]!.result, 'interrupted');
      assert.deepEqual(await claimed(third, {}, LATER), [other.seq]);
    }));

  test('a job that runs at most once is not begun again after a death', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const spec = specText({ delivery: 'at-most-once' });
      const [begun, idle] = [job({ spec }), job({ spec })];
      await store.append([begun, idle]);
      store.start([{ seq: begun.seq, attempt: 1, startedAt: NOW, isAlone: false }]);
      const next = await reopen();
      const rescued = await rescue(next);
      assert.equal(rescued.interrupted.length, 1);
      assert.deepEqual(endsOf(rescued), [[begun.id, 1, 'unknown', LATER]]);
      const [row] = await next.get([begun.id]);
      assert.deepEqual([row!.state, row!.reason, row!.attempts], ['failed', 'unknown', 1]);
      assert.deepEqual(await claimed(next, {}, LATER), [idle.seq]);
    }));

  test('more attempts under way than the file first has room for are all found', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const jobs = Array.from({ length: 5_000 }, () => job());
      await store.append(jobs);
      const starts = jobs.map(({ seq }) => ({ seq, attempt: 1, startedAt: NOW, isAlone: false }));
      for (let i = 0; i < starts.length; i += 100) store.start(starts.slice(i, i + 100));
      await store.settle(jobs.slice(0, 1_000).map(({ seq }) => succeeded(seq)));
      assert.equal((await rescue(await reopen())).interrupted.length, 4_000);
    }));

  test('sequence numbers and body ids are not given twice', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([succeeded(one.seq)]);
      const body = store.writeBody();
      await body.write(Buffer.from('half'));
      await body.end();
      while ((await store.prune(Number.MAX_SAFE_INTEGER, 100)) > 0);
      assert.deepEqual(await store.get([one.id]), [undefined]);
      const rescued = await rescue(await reopen());
      assert.equal(rescued.nextSeq, one.seq + 1);
      assert.ok(rescued.nextBodyId > body.bodyId);
    }));
}
