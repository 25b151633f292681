import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimed, DAY, NOW, newJob, succeeded } from '../contract/sample.ts';
import { openCrashable } from '../contract/sqlite/crashable.ts';
import type { Store } from '../store.ts';

const BIG = Buffer.alloc(50_000, 'x');
/** Less than what is taken to find out whether there is room. */
const SMALL = Buffer.alloc(8_000, 'x');

/** Fills the store to its last pages; the sequence numbers of the jobs that were acknowledged. */
async function fill(store: Store): Promise<number[]> {
  const stored: number[] = [];
  for (const body of [BIG, SMALL]) {
    for (let seq = stored.length + 1; await isTaken(store, { seq, body }); seq++) stored.push(seq);
  }
  return stored;
}

async function isTaken(
  store: Store,
  job: { readonly seq: number; readonly body: Buffer },
): Promise<boolean> {
  try {
    await store.append([newJob({ ...job, isParked: true })]);
    return true;
  } catch (error) {
    assert.equal((error as { code: string }).code, 'storage_full');
    return false;
  }
}

test('a full disk refuses what is new, loses nothing and works again with space', async () => {
  const { store, reopen, cleanup } = await openCrashable({ maxPageCount: 300 });
  try {
    await store.rescue({ now: NOW, keepFailedMs: DAY });
    const stored = await fill(store);
    assert.ok(stored.length > 5);
    await assert.rejects(store.ping(), { code: 'storage_full' });

    const beside = [1000, 1001].map((seq) => newJob({ seq, body: seq === 1001 ? BIG : null }));
    const results = await Promise.allSettled(beside.map((job) => store.append([job])));
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual(await store.get(beside.map(({ id }) => id)), [undefined, undefined]);
    assert.deepEqual(await claimed(store), stored);

    // Results are written down even in a commit that has no room for a new job.
    const gone = stored.splice(0, 3);
    const refused = assert.rejects(store.append([beside[1]!]), { code: 'storage_full' });
    assert.deepEqual(await store.settle(gone.map((seq) => succeeded(seq))), [true, true, true]);
    await refused;
    assert.ok((await store.prune(Number.MAX_SAFE_INTEGER, 100)) > 0);
    await store.append([newJob({ seq: 2000, body: BIG, isParked: true })]);
    await store.ping();

    const next = await reopen();
    await next.rescue({ now: NOW, keepFailedMs: DAY });
    assert.deepEqual(await claimed(next), [...stored, 2000]);
  } finally {
    await cleanup();
  }
});

test('a large body that finds no space says so, and its space comes back', async () => {
  const { store, cleanup } = await openCrashable({ maxPageCount: 300 });
  try {
    await store.rescue({ now: NOW, keepFailedMs: DAY });
    const body = store.writeBody();
    const written = body.write(Buffer.alloc(3_000_000)).then(() => body.end());
    await assert.rejects(written, { code: 'storage_full' });
    body.discard();
    const endAt = performance.now() + 10_000;
    for (;;) {
      const isFree = await store.append([newJob({ seq: 1, body: Buffer.alloc(500_000) })]).then(
        () => true,
        () => false,
      );
      if (isFree) break;
      assert.ok(performance.now() < endAt, 'the space did not come back');
    }
  } finally {
    await cleanup();
  }
});
