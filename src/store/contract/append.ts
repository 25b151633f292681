import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewJob } from '../store.ts';
import {
  hashOf,
  NOW,
  newJob,
  type OpenStore,
  readAll,
  specText,
  withStore,
  writeAll,
} from './sample.ts';

const STORED = { kind: 'appended', jobs: [{ kind: 'stored' }] };

function named(job: NewJob): NewJob {
  return { ...job, hash: hashOf(job) };
}

function keyed(job: NewJob, key = 'k', compare: 'content' | 'key' = 'content'): NewJob {
  return { ...named(job), dedupe: { key, untilAt: job.createdAt + 1000, compare } };
}

export function appendClaims(open: OpenStore): void {
  test('a job comes back as it went in', () =>
    withStore(open, async ({ store, job }) => {
      const body = Buffer.from([0, 255, 10, 0]);
      const one = job({ body, priority: 0, queue: 'line "ü"', isParked: true, spec: specText() });
      assert.deepEqual(await store.append([one]), STORED);
      const [[found]] = (await store.claim([{ queue: one.queue, limit: 1, held: [] }], NOW)) as [
        [never],
      ];
      assert.deepEqual(found, {
        ...{ seq: one.seq, id: one.id, queue: one.queue, priority: 0, runAt: NOW, createdAt: NOW },
        ...{ expiresAt: one.expiresAt, attempt: 1, triesUsed: 0, deaths: 0, spec: one.spec },
        ...{ body: new Uint8Array(body), bodyId: null, bodyBytes: 4 },
      });
    }));

  test('an empty body is not the same as none', () =>
    withStore(open, async ({ store, job }) => {
      await store.append([job({ body: new Uint8Array(), isParked: true })]);
      await store.append([job({ body: null, isParked: true })]);
      const [jobs] = await store.claim([{ queue: 'http://target.test', limit: 9, held: [] }], NOW);
      assert.deepEqual(
        jobs!.map(({ body }) => body),
        [new Uint8Array(), null],
      );
    }));

  test('text beyond ASCII and a view into a larger buffer survive', () =>
    withStore(open, async ({ store, job }) => {
      const whole = Buffer.from('xx"smörgås \u{1f600}"yy');
      const one = job({
        spec: specText({ tags: ['ключ', '\u{1f600}'] }),
        body: whole.subarray(2, whole.length - 2),
        isParked: true,
      });
      await store.append([one, job({ isParked: true })]);
      const [jobs] = await store.claim([{ queue: one.queue, limit: 1, held: [] }], NOW);
      assert.equal(jobs![0]!.spec, one.spec);
      assert.equal(Buffer.from(jobs![0]!.body!).toString(), '"smörgås \u{1f600}"');
    }));

  test('the same id with the same content is the first job', () =>
    withStore(open, async ({ store, job }) => {
      const one = named(job());
      await store.append([one]);
      const result = await store.append([named(job({ id: one.id }))]);
      const jobs = [{ kind: 'duplicate', id: one.id, seq: one.seq }];
      assert.deepEqual(result, { kind: 'appended', jobs });
    }));

  test('the same id with other content is a mismatch', () =>
    withStore(open, async ({ store, job }) => {
      const one = named(job());
      await store.append([one]);
      const other = named(job({ id: one.id, body: Buffer.from('other') }));
      assert.deepEqual(await store.append([other]), { kind: 'mismatch', index: 0, id: one.id });
    }));

  test('an id that we made can be handed over again', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      const same = await store.append([named(job({ id: one.id }))]);
      assert.equal(same.kind === 'appended' && same.jobs[0]!.kind, 'duplicate');
      const other = await store.append([named(job({ id: one.id, body: null }))]);
      assert.equal(other.kind, 'mismatch');
    }));

  test('a key stands for its first job until its window ends', () =>
    withStore(open, async ({ store, job }) => {
      const one = keyed(job());
      await store.append([one]);
      const within = await store.append([keyed(job({ createdAt: NOW + 999 }))]);
      const jobs = [{ kind: 'duplicate', id: one.id, seq: one.seq }];
      assert.deepEqual(within, { kind: 'appended', jobs });
      const after = keyed(job({ createdAt: NOW + 1000 }));
      assert.deepEqual(await store.append([after]), STORED);
      const again = await store.append([keyed(job({ createdAt: NOW + 1001 }))]);
      assert.deepEqual(again.kind === 'appended' && again.jobs[0], {
        kind: 'duplicate',
        id: after.id,
        seq: after.seq,
      });
    }));

  test('a key with other content is a mismatch, unless the key alone decides', () =>
    withStore(open, async ({ store, job }) => {
      const one = keyed(job());
      await store.append([one]);
      const other = job({ body: Buffer.from('other') });
      assert.equal((await store.append([keyed(other)])).kind, 'mismatch');
      const byKey = await store.append([keyed(other, 'k', 'key')]);
      assert.deepEqual(byKey.kind === 'appended' && byKey.jobs[0]!.kind, 'duplicate');
    }));

  test('a group is stored whole or not at all', () =>
    withStore(open, async ({ store, job }) => {
      const one = named(job());
      await store.append([one]);
      const first = job({ queue: 'new queue', isParked: true });
      const bad = named(job({ id: one.id, body: null }));
      const result = await store.append([first, bad, job()]);
      assert.deepEqual(result, { kind: 'mismatch', index: 1, id: one.id });
      assert.deepEqual(await store.get([first.id]), [undefined]);
      assert.deepEqual(await store.append([first]), STORED);
      assert.equal((await store.get([first.id]))[0]!.queue, 'new queue');
    }));

  test('a group may repeat its own jobs', () =>
    withStore(open, async ({ store, job }) => {
      const one = keyed(job());
      const result = await store.append([one, keyed(job())]);
      assert.deepEqual(result.kind === 'appended' && result.jobs.map(({ kind }) => kind), [
        'stored',
        'duplicate',
      ]);
      const two = keyed(job(), 'other');
      const mismatch = await store.append([two, keyed(job({ body: null }), 'other')]);
      assert.deepEqual(mismatch, { kind: 'mismatch', index: 1, id: two.id });
    }));

  test('two calls made at once with one key store one job', () =>
    withStore(open, async ({ store, job }) => {
      const results = await Promise.all(
        Array.from({ length: 20 }, () => store.append([keyed(job())])),
      );
      const kinds = results.map((result) => result.kind === 'appended' && result.jobs[0]!.kind);
      assert.equal(kinds.filter((kind) => kind === 'stored').length, 1);
      assert.equal(kinds.filter((kind) => kind === 'duplicate').length, 19);
    }));

  test('a large body belongs to its job, and compares by content', () =>
    withStore(open, async ({ store, job }) => {
      const bytes = Buffer.alloc(200_000, 'abc');
      const large = async (changes: Partial<NewJob> = {}): Promise<NewJob> => ({
        ...job({ body: null, ...changes }),
        bodyId: await writeAll(store, bytes),
        bodyBytes: bytes.byteLength,
      });
      const one = await large({ isParked: true });
      await store.append([one]);
      const hash = hashOf({ spec: one.spec, body: bytes });
      const repeated = await store.append([{ ...(await large({ id: one.id })), hash }]);
      assert.equal(repeated.kind === 'appended' && repeated.jobs[0]!.kind, 'duplicate');
      assert.deepEqual(await readAll(store, one.bodyId!), bytes);
    }));

  test('a job that cannot be stored does not harm those beside it', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      const calls = [
        store.append([job()]),
        store.append([newJob({ seq: one.seq })]),
        store.append([job({ queue: 'beside' })]),
      ];
      const results = await Promise.allSettled(calls);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
    }));
}
