import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { test } from 'node:test';
import type { NewGroup, NewJob } from '../store.ts';
import {
  DAY,
  final,
  hashOf,
  NOW,
  type OpenStore,
  succeeded,
  untilGone,
  withStore,
  writeAll,
} from './sample.ts';

function groupOf(keys: readonly string[], changes: Partial<NewGroup> = {}): NewGroup {
  const hash = Buffer.alloc(32, 1);
  const spec = '{"join":"all"}';
  return { id: randomUUIDv7(), createdAt: NOW, spec, hash, keys, ...changes };
}

function named(job: NewJob): NewJob {
  return { ...job, hash: hashOf(job) };
}

export function groupClaims(open: OpenStore): void {
  test('a group is found with its keys and jobs, in their order', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = [job(), job(), job()];
      const group = groupOf(['b', '__proto__', 'ä "1"']);
      const result = await store.append(jobs, { group });
      assert.ok(result.kind === 'appended');
      assert.equal(result.jobs.length, 3);
      const { id, spec } = group;
      const members = jobs.map((one, index) => [group.keys[index], one.id]);
      assert.deepEqual(await store.group(id), { id, createdAt: NOW, spec, members });
      assert.equal(await store.group(randomUUIDv7()), undefined);
      assert.ok((await store.get(jobs.map((one) => one.id))).every(Boolean));
    }));

  test('a group and its jobs survive the death of the process', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const jobs = Array.from({ length: 1_000 }, () => job());
      const group = groupOf(jobs.map((_, index) => `key ${index}`));
      await store.append(jobs, { group });
      const next = await reopen();
      const found = await next.group(group.id);
      assert.deepEqual(
        found?.members.map(([, id]) => id),
        jobs.map(({ id }) => id),
      );
    }));

  test('the same group again stores nothing new, whatever its jobs are called', () =>
    withStore(open, async ({ store, job }) => {
      const group = groupOf(['a']);
      const first = job();
      await store.append([first], { group });
      const bodyId = await writeAll(store, Buffer.alloc(200_000));
      const again = job({ body: null, bodyId, bodyBytes: 200_000 });
      assert.deepEqual(await store.append([again], { group }), { kind: 'group-repeated' });
      assert.deepEqual(await store.get([again.id]), [undefined]);
      assert.deepEqual((await store.group(group.id))?.members, [['a', first.id]]);
      // Dropped bodies go in small steps.
      await untilGone(store, bodyId);
    }));

  test('the same id with another hash is a mismatch, and stores nothing', () =>
    withStore(open, async ({ store, job }) => {
      const group = groupOf(['a']);
      await store.append([job()], { group });
      const other = job();
      const changed = { ...group, hash: Buffer.alloc(32, 2) };
      assert.deepEqual(await store.append([other], { group: changed }), { kind: 'group-mismatch' });
      assert.deepEqual(await store.get([other.id]), [undefined]);
    }));

  test('a group whose job is refused is not there', () =>
    withStore(open, async ({ store, job }) => {
      const one = named(job());
      await store.append([one]);
      const group = groupOf(['new', 'bad']);
      const bad = named(job({ id: one.id, body: null }));
      const result = await store.append([job(), bad], { group });
      assert.deepEqual(result, { kind: 'mismatch', index: 1, id: one.id });
      assert.equal(await store.group(group.id), undefined);
    }));

  test('a job that was there already is a member like any other', () =>
    withStore(open, async ({ store, job }) => {
      const one = named(job());
      await store.append([one]);
      const group = groupOf(['old', 'new', 'old again']);
      const added = job();
      await store.append([named(job({ id: one.id })), added, named(job({ id: one.id }))], {
        group,
      });
      const ids = (await store.group(group.id))?.members.map(([, id]) => id);
      assert.deepEqual(ids, [one.id, added.id, one.id]);
    }));

  test('a group goes with the last of its jobs', () =>
    withStore(open, async ({ store, job }) => {
      const [early, late] = [job(), job()];
      const both = groupOf(['early', 'late', 'early again']);
      const alone = groupOf(['late']);
      const again = named({ ...early, hash: hashOf(early) });
      await store.append([early]);
      await store.append([again, late, again], { group: both });
      await store.append([named(late)], { group: alone });
      const kept = final({ keepJobUntilAt: NOW + 9 * DAY });
      await store.settle([succeeded(early.seq), succeeded(late.seq, { next: kept })]);
      await store.prune(NOW + 7 * DAY, 100);
      assert.deepEqual(await store.get([early.id]), [undefined]);
      assert.equal((await store.group(both.id))?.members.length, 3);
      await store.prune(NOW + 9 * DAY, 100);
      assert.equal(await store.group(both.id), undefined);
      assert.equal(await store.group(alone.id), undefined);
    }));
}
