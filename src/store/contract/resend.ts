import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  claimed,
  DAY,
  final,
  NOW,
  newJob,
  type OpenStore,
  readAll,
  succeeded,
  untilGone,
  withStore,
  writeAll,
} from './sample.ts';

const later = { body: null, isParked: true } as const;

export function resendClaims(open: OpenStore): void {
  test('a job is handed over again as another one with the same body', () =>
    withStore(open, async ({ store, job }) => {
      const [settled, waiting] = [job(), job({ isParked: true, body: null })];
      await store.append([settled, waiting]);
      await store.settle([succeeded(settled.seq)]);
      const copies = [newJob({ seq: 500, ...later }), newJob({ seq: 501, ...later })] as const;
      const resent = await store.resend([
        { fromSeq: settled.seq, job: copies[0] },
        { fromSeq: waiting.seq, job: copies[1] },
        { fromSeq: 333, job: newJob({ seq: 502, ...later }) },
      ]);
      assert.deepEqual(
        resent.map(({ kind }) => kind),
        ['stored', 'stored', 'not_found'],
      );
      const queue = 'http://target.test';
      const [jobs] = await store.claim([{ queue, limit: 9, held: [] }], NOW);
      assert.deepEqual(
        jobs?.map(({ seq, body, bodyBytes }) => [
          seq,
          body && String(Buffer.from(body)),
          bodyBytes,
        ]),
        [
          [waiting.seq, null, 0],
          [500, 'hello', 5],
          [501, null, 0],
        ],
      );
      assert.equal((await store.get([settled.id]))[0]?.state, 'succeeded');
    }));

  test('a copy that is named twice is one, and another one of its name is refused', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      const named = newJob({ seq: 500, ...later, hash: Buffer.alloc(32, 7) });
      const stored = await store.resend([{ fromSeq: one.seq, job: named }]);
      assert.deepEqual(stored, [{ kind: 'stored' }]);
      const again = await store.resend([{ fromSeq: one.seq, job: { ...named, seq: 501 } }]);
      assert.deepEqual(again, [{ kind: 'duplicate', id: named.id, seq: 500 }]);
      const other = { ...named, seq: 502, hash: Buffer.alloc(32, 8) };
      const refused = await store.resend([{ fromSeq: one.seq, job: other }]);
      assert.deepEqual(refused, [{ kind: 'mismatch', id: named.id }]);
      assert.deepEqual(await claimed(store), [500]);
    }));

  test('a large body is shared and goes with the last job that has it', () =>
    withStore(open, async ({ store, job }) => {
      const bytes = Buffer.alloc(200_000, 'large');
      const bodyId = await writeAll(store, bytes);
      const one = job({ body: null, bodyId, bodyBytes: bytes.length });
      await store.append([one]);
      const copies = [500, 501].map((seq) => newJob({ seq, ...later }));
      await store.resend(copies.map((copy) => ({ fromSeq: one.seq, job: copy })));
      const seqs = [one.seq, 500, 501];
      for (const [index, seq] of seqs.entries()) {
        const next = final({ keepJobUntilAt: NOW + (index + 1) * DAY });
        await store.settle([succeeded(seq, { next })]);
      }
      for (const day of [1, 2]) {
        assert.equal(await store.prune(NOW + day * DAY, 100), 1);
        assert.ok((await readAll(store, bodyId)).equals(bytes));
      }
      assert.equal(await store.prune(NOW + 3 * DAY, 100), 1);
      await untilGone(store, bodyId);
    }));
}
