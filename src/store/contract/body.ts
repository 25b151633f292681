import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { limits } from '../../limits.ts';
import {
  final,
  NOW,
  type OpenStore,
  readAll,
  response,
  succeeded,
  untilGone,
  withStore,
  writeAll,
} from './sample.ts';

export function bodyClaims(open: OpenStore): void {
  const sizes = [0, 1, limits.chunkBytes - 1, limits.chunkBytes, limits.chunkBytes + 1, 3_000_000];
  for (const size of sizes) {
    test(`a body of ${size} bytes comes back byte for byte`, () =>
      withStore(open, async ({ store }) => {
        const bytes = randomBytes(size);
        const body = store.writeBody();
        for (let at = 0; at < size; at += 50_001) await body.write(bytes.subarray(at, at + 50_001));
        await body.end();
        assert.ok((await readAll(store, body.bodyId)).equals(bytes));
      }));
  }

  test('a chunk may be changed by its sender once its write resolved', () =>
    withStore(open, async ({ store }) => {
      const body = store.writeBody();
      const chunk = Buffer.alloc(1000, 'a');
      await body.write(chunk);
      chunk.fill('b');
      await body.write(chunk);
      await body.end();
      const expected = Buffer.concat([Buffer.alloc(1000, 'a'), Buffer.alloc(1000, 'b')]);
      assert.deepEqual(await readAll(store, body.bodyId), expected);
    }));

  test('bodies written at the same time do not mix', () =>
    withStore(open, async ({ store }) => {
      const contents = Array.from({ length: 5 }, () => randomBytes(400_000));
      const ids = await Promise.all(contents.map((bytes) => writeAll(store, bytes)));
      assert.equal(new Set(ids).size, 5);
      for (const [i, id] of ids.entries()) {
        assert.ok((await readAll(store, id)).equals(contents[i]!));
      }
    }));

  test('a body that was never ended is not read as if it were whole', () =>
    withStore(open, async ({ store }) => {
      const body = store.writeBody();
      await body.write(randomBytes(limits.chunkBytes * 3));
      await store.ping();
      await assert.rejects(readAll(store, body.bodyId), { code: 'not_found' });
    }));

  test('a discarded body gives its space back', () =>
    withStore(open, async ({ store }) => {
      const body = store.writeBody();
      await body.write(randomBytes(2_000_000));
      await body.end();
      body.discard();
      await untilGone(store, body.bodyId);
    }));

  test('a body that has an owner cannot be discarded', () =>
    withStore(open, async ({ store, job }) => {
      const bytes = randomBytes(200_000);
      const body = store.writeBody();
      await body.write(bytes);
      await body.end();
      await store.append([job({ body: null, bodyId: body.bodyId, bodyBytes: bytes.length })]);
      body.discard();
      await store.ping();
      assert.ok((await readAll(store, body.bodyId)).equals(bytes));
    }));

  test('an owned body survives a crash, a half-written one does not', () =>
    withStore(open, async ({ store, reopen, job }) => {
      const bytes = randomBytes(300_000);
      const owned = await writeAll(store, bytes);
      await store.append([job({ body: null, bodyId: owned, bodyBytes: bytes.length })]);
      const orphan = await writeAll(store, bytes);
      const next = await reopen();
      await next.rescue({ now: NOW, keepFailedMs: 1 });
      await untilGone(next, orphan);
      assert.ok((await readAll(next, owned)).equals(bytes));
    }));

  test('the body of a stale answer is given up', () =>
    withStore(open, async ({ store, job }) => {
      const one = job();
      await store.append([one]);
      await store.settle([succeeded(one.seq)]);
      const bodyId = await writeAll(store, randomBytes(100_000));
      const answer = response({ body: null, bodyId, bodyBytes: 100_000 });
      const late = succeeded(one.seq, { next: final({ response: answer }) });
      assert.deepEqual(await store.settle([late]), [false]);
      await untilGone(store, bodyId);
    }));

  test('pruning a job gives up its large bodies', () =>
    withStore(open, async ({ store, job }) => {
      const bodyId = await writeAll(store, randomBytes(100_000));
      const answerId = await writeAll(store, randomBytes(100_000));
      const one = job({ body: null, bodyId, bodyBytes: 100_000 });
      await store.append([one]);
      const answer = response({ body: null, bodyId: answerId, bodyBytes: 100_000 });
      await store.settle([succeeded(one.seq, { next: final({ response: answer }) })]);
      while ((await store.prune(Number.MAX_SAFE_INTEGER, 100)) > 0);
      await untilGone(store, bodyId);
      await untilGone(store, answerId);
    }));
}
