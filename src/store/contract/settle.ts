import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  again,
  claimed,
  final,
  NOW,
  type OpenStore,
  readAll,
  record,
  response,
  succeeded,
  withStore,
  writeAll,
} from './sample.ts';

export function settleClaims(open: OpenStore): void {
  test('a settled job has its state, its attempt and its answer', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      const attempt = record({ status: 201, error: 'e', detail: 'd' });
      const answer = response({ status: 201, isTruncated: true });
      const next = final({ response: answer });
      assert.deepEqual(await store.settle([{ seq: one.seq, attempt: 1, record: attempt, next }]), [
        true,
      ]);
      const [row] = await store.get([one.id]);
      assert.equal(row!.state, 'succeeded');
      assert.equal(row!.attempts, 1);
      assert.equal(row!.settledAt, next.settledAt);
      const { body, ...head } = answer;
      assert.deepEqual(row!.response, head);
      assert.deepEqual(await store.attempts(one.seq), [attempt]);
      assert.deepEqual(await store.response(one.seq), { ...head, body: new Uint8Array(body!) });
    }));

  test('how a command ended is kept with its answer', () =>
    withStore(open, async ({ store, job }) => {
      const exits = [
        { code: 3, signal: null, stderr: 'a "b"\0\n' },
        { code: null, signal: 'SIGKILL', stderr: '' },
      ];
      for (const exit of exits) {
        const one = job();
        await store.append([one]);
        const next = final({ response: response({ exit }) });
        await store.settle([{ seq: one.seq, attempt: 1, record: record(), next }]);
        const [row] = await store.get([one.id]);
        assert.deepEqual(row!.response?.exit, exit);
        assert.deepEqual((await store.response(one.seq))?.exit, exit);
      }
    }));

  test('a retried job waits in the store with its next attempt', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      const settlement = again(one.seq, { runAt: NOW + 500, expiresAt: NOW + 900, deaths: 1 });
      assert.deepEqual(await store.settle([settlement]), [true]);
      assert.deepEqual(await claimed(store, {}, NOW + 499), []);
      const [[found]] = (await store.claim(
        [{ queue: one.queue, limit: 1, held: [] }],
        NOW + 500,
      )) as [[import('../store.ts').Claimed]];
      const { attempt, triesUsed, deaths, runAt, expiresAt } = found;
      assert.deepEqual(
        { attempt, triesUsed, deaths, runAt, expiresAt },
        { attempt: 2, triesUsed: 1, deaths: 1, runAt: NOW + 500, expiresAt: NOW + 900 },
      );
      const [row] = await store.get([one.id]);
      assert.deepEqual([row!.state, row!.attempts, row!.runAt], ['pending', 1, NOW + 500]);
    }));

  test('a job put back without an attempt keeps its number', () =>
    withStore(open, async ({ store, job }) => {
      const one = job({ isParked: true });
      await store.append([one]);
      const { record: _, ...settlement } = again(one.seq, { runAt: NOW });
      assert.deepEqual(await store.settle([settlement]), [true]);
      const [jobs] = await store.claim([{ queue: one.queue, limit: 1, held: [] }], NOW);
      assert.equal(jobs![0]!.attempt, 1);
      assert.deepEqual(await store.attempts(one.seq), []);
    }));

  test('a final job cannot be settled again', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      const results = [
        store.settle([succeeded(one.seq)]),
        store.settle([succeeded(one.seq, { next: final({ state: 'failed' }) })]),
        store.settle([again(one.seq)]),
      ];
      assert.deepEqual(await Promise.all(results), [[true], [false], [false]]);
      assert.equal((await store.get([one.id]))[0]!.state, 'succeeded');
      assert.deepEqual(await claimed(store, {}, NOW + 10_000), []);
    }));

  test('the result of an attempt that is not current changes nothing', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([again(one.seq)]);
      assert.deepEqual(await store.settle([succeeded(one.seq)]), [false]);
      assert.deepEqual(await store.settle([succeeded(one.seq, { attempt: 3 })]), [false]);
      assert.deepEqual(await store.settle([succeeded(999_999)]), [false]);
      assert.equal((await store.attempts(one.seq)).length, 1);
      const second = { attempt: 2, record: record({ number: 2 }) };
      assert.deepEqual(await store.settle([succeeded(one.seq, second)]), [true]);
    }));

  test('a stale result of one job does not hold up the others', () =>
    withStore(open, async ({ store, job }) => {
      const [a, b] = [job(), job()];
      await store.append([a, b]);
      const stale = succeeded(a.seq, { attempt: 2 });
      assert.deepEqual(await store.settle([stale, succeeded(b.seq)]), [false, true]);
    }));

  test('a job that expired while waiting is final without an attempt', () =>
    withStore(open, async ({ store, job }) => {
      const one = job({ isParked: true });
      await store.append([one]);
      const next = final({ state: 'failed', reason: 'expired', clock: 'startBy' });
      assert.deepEqual(await store.settle([{ seq: one.seq, attempt: 1, next }]), [true]);
      const [row] = await store.get([one.id]);
      assert.deepEqual([row!.state, row!.reason, row!.attempts], ['failed', 'expired', 0]);
      assert.equal(row!.clock, 'startBy');
      assert.equal(await store.response(one.seq), null);
      assert.deepEqual(await store.expired(Number.MAX_SAFE_INTEGER, 10), []);
    }));

  test('an answer in chunks belongs to its job', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      const bytes = Buffer.alloc(150_000, 'xyz');
      const bodyId = await writeAll(store, bytes);
      const answer = response({ body: null, bodyId, bodyBytes: bytes.byteLength });
      await store.settle([succeeded(one.seq, { next: final({ response: answer }) })]);
      assert.equal((await store.response(one.seq))!.bodyId, bodyId);
      assert.deepEqual(await readAll(store, bodyId), bytes);
    }));
}
