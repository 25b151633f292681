// Looking at what went wrong, and mending it, the same in each home.

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { JobView, Sendoff } from '../../src/index.ts';
import { rejectsWith } from './rejects-with.ts';
import type { Home } from './suite.ts';
import { startTarget, type Target } from './target.ts';

export function mending(name: string, openHome: () => Promise<Home>): void {
  describe(`mending ${name}`, { timeout: 60_000 }, () => {
    let home: Home;
    let target: Target;
    let so: Sendoff;

    before(async () => {
      target = await startTarget();
      home = await openHome();
      so = home.sendoff;
    });

    after(async () => {
      await home?.close();
      await target?.close();
    });

    test('failed jobs stand together by cause, and leave it when they wait again', async () => {
      const gone = await Promise.all([1, 2].map(() => so.send(`${target.url}/status/404`)));
      const worse = await so.send(`${target.url}/status/410`);
      for (const sent of [...gone, worse]) await sent.done();
      const { causes } = await so.causes({ origin: target.url });
      assert.deepEqual(
        causes.map(({ origin, reason, status, jobs }) => [origin, reason, status, jobs]),
        [
          [target.url, 'rejected', 404, 2],
          [target.url, 'rejected', 410, 1],
        ],
      );
      const cause = causes[0]?.id ?? '';
      const { jobs } = await so.list({ cause });
      assert.deepEqual(new Set(jobs.map(({ id }) => id)), new Set(gone.map(({ id }) => id)));
      assert.equal(causes[1]?.sample, worse.id);
      assert.equal((await so.causes({ limit: 1 })).partial, true);
      await rejectsWith('invalid_field', so.list({ cause: 'nothing' }));
      await rejectsWith('invalid_limit', so.causes({ limit: 0 }));
    });

    test('a job is handed over again as another one, edited or as it was', async () => {
      const headers = { 'x-kept': '1', 'x-changed': 'old', 'x-gone': '1' };
      const init = { body: 'the body', method: 'PUT', headers, tags: ['a'], priority: 1 };
      const first = await so.send(`${target.url}/status/404`, init);
      await first.done();
      const same = await settled(so, (await so.resend(first.id)).id);
      assert.deepEqual([same.resentFrom, same.reason, same.tags], [first.id, 'rejected', ['a']]);
      assert.equal((await so.get(first.id))?.state, 'failed');
      const edits = { 'x-changed': 'new', 'x-gone': null };
      const mended = await so.resend(first.id, { url: `${target.url}/mended`, headers: edits });
      assert.equal((await settled(so, mended.id)).state, 'succeeded');
      const arrival = target.arrivals.find(({ path }) => path === '/mended');
      assert.deepEqual([arrival?.method, String(arrival?.body)], ['PUT', 'the body']);
      const { 'x-kept': kept, 'x-changed': changed, 'x-gone': gone } = arrival?.headers ?? {};
      assert.deepEqual([kept, changed, gone], ['1', 'new', undefined]);
      assert.equal(arrival?.headers['idempotency-key'], mended.id);
    });

    test('a resend may bring another body, of any kind', async () => {
      const first = await so.send(`${target.url}/status/400`, { json: { wrong: true } });
      await first.done();
      const url = `${target.url}/rebodied`;
      await settled(so, (await so.resend(first.id, { url, json: { right: 1 } })).id);
      await settled(so, (await so.resend(first.id, { url, form: { a: 'b' } })).id);
      await settled(so, (await so.resend(first.id, { url, body: 'x'.repeat(100_000) })).id);
      const arrivals = target.arrivals.filter(({ path }) => path === '/rebodied');
      assert.deepEqual(
        arrivals.map(({ headers, body }) => [headers['content-type'], String(body).slice(0, 11)]),
        [
          ['application/json', '{"right":1}'],
          ['application/x-www-form-urlencoded;charset=UTF-8', 'a=b'],
          ['application/json', 'xxxxxxxxxxx'],
        ],
      );
    });

    test('a large body is handed over again byte for byte, of a waiting job too', async () => {
      const body = randomBytes(300_000);
      const waiting = await so.send(`${target.url}/again`, { body, delay: '1h' });
      const { id } = await so.resend(waiting.id);
      assert.equal((await settled(so, id)).state, 'succeeded');
      assert.ok(target.arrivals.find(({ path }) => path === '/again')?.body.equals(body));
      assert.equal((await so.get(waiting.id))?.state, 'pending');
      await so.cancel(waiting.id);
    });

    test('a resend of one name is one job, and mistakes are refused', async () => {
      const first = await so.send(`${target.url}/status/404`);
      await first.done();
      const id = randomUUID();
      const delay = '1h';
      assert.equal((await so.resend(first.id, { id, delay })).duplicate, false);
      assert.equal((await so.resend(first.id, { id, delay })).duplicate, true);
      const url = `${target.url}/other`;
      await rejectsWith('idempotency_mismatch', so.resend(first.id, { id, url }));
      await rejectsWith('not_found', so.resend(randomUUID()));
      await rejectsWith('invalid_field', so.resend(first.id, { args: ['x'] }));
      await rejectsWith('scheme_not_allowed', so.resend(first.id, { url: 'ftp://x/' }));
      await rejectsWith('unknown_field', so.resend(first.id, { retires: 1 } as object));
      await so.cancel(id);
    });

    test('an operation on many jobs says how many, does them, and is found again', async () => {
      const queue = `bulk-${randomUUID()}`;
      const url = `${target.url}/status/410`;
      const sent = await Promise.all([1, 2, 3].map(() => so.send(url, { queue, retries: 0 })));
      for (const one of sent) await one.done();
      const request = { action: 'resend', filter: { queue }, edits: { url: target.url } } as const;
      const preview = await so.bulk.preview(request);
      assert.equal(preview.jobs, 3);
      assert.deepEqual(new Set(preview.sample), new Set(sent.map(({ id }) => id)));
      const id = randomUUID();
      const started = await so.bulk.start({ ...request, id });
      assert.deepEqual([started.id, started.duplicate, started.expected.jobs], [id, false, 3]);
      await until(async () => (await so.bulk.get(id))?.state === 'done');
      const { progress } = (await so.bulk.get(id)) ?? {};
      assert.deepEqual([progress?.matched, progress?.done], [3, 3]);
      assert.equal((await so.bulk.start({ ...request, id })).duplicate, true);
      await rejectsWith('idempotency_mismatch', so.bulk.start({ ...request, edits: {}, id }));
      assert.equal((await so.bulk.list())[0]?.id, id);
      assert.equal((await so.bulk.abort(id)).state, 'done');
      const { jobs } = await so.list({ queue, state: 'failed' });
      assert.equal(jobs.length, 3);
    });

    test('an operation needs a filter, and says what is wrong with one', async () => {
      const refused = (filter: object, code: string): Promise<void> =>
        rejectsWith(code, so.bulk.preview({ action: 'retry', filter }));
      await refused({}, 'invalid_field');
      await refused({ all: false }, 'invalid_field');
      await refused({ all: true, queue: 'x' }, 'invalid_field');
      await refused({ state: 'running' }, 'invalid_field');
      await refused({ stat: 'failed' }, 'unknown_field');
      await refused({ ids: [] }, 'invalid_field');
      await refused({ ids: ['x'] }, 'invalid_id');
      await refused({ settledAfter: 'yesterday' }, 'invalid_instant');
      await refused({ cause: 'x' }, 'invalid_field');
      const cancel = { action: 'cancel', filter: { all: true }, edits: {} } as const;
      await rejectsWith('invalid_field', so.bulk.start(cancel));
      await rejectsWith('not_found', so.bulk.abort(randomUUID()));
      assert.equal(await so.bulk.get(randomUUID()), undefined);
      assert.ok((await so.bulk.preview({ action: 'retry', filter: { all: true } })).jobs >= 0);
    });
  });
}

async function settled(so: Sendoff, id: string): Promise<JobView> {
  let job: JobView | undefined;
  await until(async () => {
    job = await so.get(id);
    return job?.settledAt !== undefined;
  });
  return job as JobView;
}

async function until(claim: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await claim())) {
    assert.ok(Date.now() < deadline, 'not within ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
