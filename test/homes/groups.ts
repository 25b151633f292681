// The same claims about `all` in each home, kept and direct.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Sendoff } from '../../src/index.ts';
import { rejectsWith } from './rejects-with.ts';
import type { Home } from './suite.ts';
import { startTarget, type Target } from './target.ts';

export function groups(name: string, openHome: () => Promise<Home>): void {
  describe(`groups ${name}`, { timeout: 60_000 }, () => {
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

    test('who has aborted before hands nothing over', async () => {
      const url = `${target.url}/aborted-before`;
      const run = so.all([url], { signal: AbortSignal.abort() });
      await rejectsWith('aborted', Promise.resolve(run));
      assert.deepEqual((await so.list({ url })).jobs, []);
    });

    test('a home that is closed ends what it sends directly', async () => {
      const other = await openHome();
      const run = other.sendoff.all([`${target.url}/hold/closed`], { durable: false });
      await target.arrivedAt('/hold/closed');
      await other.close();
      const [result] = await run;
      assert.ok(result?.ok === false);
    });

    for (const durable of [true, false]) {
      const kind = durable ? 'kept' : 'direct';

      test(`results come under the keys of their requests (${kind})`, async () => {
        const { url } = target;
        const got = await so.all(
          {
            jd: `${url}/jd`,
            wx: { url: `${url}/wx`, json: { n: 1 } },
            ali: new Request(`${url}/ali`, { method: 'PUT', body: 'paid' }),
            gone: new URL(`${url}/status/404`),
          },
          { durable, timeout: '10s' },
        );
        assert.deepEqual(Object.keys(got), ['jd', 'wx', 'ali', 'gone']);
        assert.ok(got.jd.ok && got.wx.ok && got.ali.ok);
        assert.equal(got.jd.response.status, 200);
        assert.equal(got.jd.response.headers.get('x-path'), '/jd');
        assert.equal(await got.jd.response.text(), 'answer to /jd');
        assert.deepEqual(await got.wx.response.json(), { n: 1 });
        assert.equal(await got.ali.response.text(), 'paid');
        assert.ok(got.gone.state === 'failed');
        assert.deepEqual([got.gone.key, got.gone.reason], ['gone', 'rejected']);
        assert.equal(got.gone.response?.status, 404);
        assert.equal(got.jd.id !== undefined, durable);
      });

      test(`a list gives a list, in its order (${kind})`, async () => {
        const urls = Array.from({ length: 150 }, (_, n) => `${target.url}/list/${n}`);
        const results = await so.all(urls, { durable });
        assert.deepEqual(
          results.map(({ key, ok }) => [key, ok]),
          urls.map((_, n) => [n, true]),
        );
        assert.ok(results[149]?.ok);
        assert.equal(await results[149].response.text(), 'answer to /list/149');
      });

      test(`results can be taken as they come (${kind})`, async () => {
        const { url } = target;
        const run = so.all({ slow: `${url}/hold/slow`, quick: `${url}/quick` }, { durable });
        const keys: string[] = [];
        for await (const { key } of run) {
          keys.push(key);
          if (key === 'quick') target.release();
        }
        assert.deepEqual(keys, ['quick', 'slow']);
        assert.ok((await run).slow.ok);
      });

      test(`no group at all is an empty one (${kind})`, async () => {
        assert.deepEqual(await so.all({}, { durable }), {});
        assert.deepEqual(await so.all([], { durable }), []);
      });

      test(`a large answer comes whole (${kind})`, async () => {
        const body = Buffer.alloc(1_500_000, 'abc');
        const [one] = await so.all([{ url: `${target.url}/large`, body }], { durable });
        assert.ok(one.ok);
        assert.deepEqual(Buffer.from(await one.response.arrayBuffer()), body);
      });

      test(`what is wrong is refused by its place, and nothing is sent (${kind})`, async () => {
        const { url } = target;
        const before = target.arrivals.length;
        const wrong = so.all({ good: url, bad: 'nowhere' }, { durable });
        await assert.rejects(wrong, { code: 'invalid_url', field: 'requests.bad.url' });
        const second = so.all([url, { url, method: 'CONNECT' }], { durable });
        await assert.rejects(second, { field: 'requests[1].method' });
        await rejectsWith('batch_too_large', so.all(Array(1_001).fill(url), { durable }));
        await rejectsWith('unknown_field', so.all([url], { durable, retires: 1 } as object));
        await rejectsWith('invalid_duration', so.all([url], { durable, wait: 'soon' }));
        await assert.rejects(Array.fromAsync(so.all(['nowhere'], { durable })));
        assert.equal(target.arrivals.length, before);
      });
    }

    test('what is late is pending, and goes on', async () => {
      const { url } = target;
      const requests = { quick: `${url}/quick`, late: `${url}/hold/late` };
      const got = await so.all(requests, { wait: 500 });
      assert.ok(got.quick.ok);
      assert.ok(got.late.state === 'pending');
      target.release();
      const { id } = got.late;
      const job = await new Promise((resolve) => {
        const look = async () => {
          const seen = await so.get(id);
          if (seen?.settledAt === undefined) setTimeout(look, 5);
          else resolve(seen.state);
        };
        void look();
      });
      assert.equal(job, 'succeeded');
      assert.equal(await (await so.response(id))?.text(), 'answer to /hold/late');
    });

    test('a caller who gives up leaves the jobs behind', async () => {
      const abort = new AbortController();
      const waiting = so.all([`${target.url}/hold/given-up`], { signal: abort.signal });
      await target.arrivedAt('/hold/given-up');
      abort.abort();
      const [left] = await waiting;
      assert.equal(left.state, 'pending');
      target.release();
    });

    test('the same group again is the same jobs; with other content it is refused', async () => {
      const id = randomUUID();
      const requests = { a: `${target.url}/again/a`, b: { url: `${target.url}/again/b` } };
      const first = await so.all(requests, { id });
      const second = await so.all(requests, { id });
      assert.deepEqual([second.a.id, second.b.id], [first.a.id, first.b.id]);
      assert.ok(second.a.ok);
      assert.equal(await second.a.response.text(), 'answer to /again/a');
      const arrived = target.arrivals.filter(({ path }) => path.startsWith('/again'));
      assert.equal(arrived.length, 2);
      await rejectsWith('idempotency_mismatch', so.all({ a: requests.a }, { id }));
    });

    test('a direct request that takes too long ends by its own time', async () => {
      const { url } = target;
      const got = await so.all(
        { slow: { url: `${url}/hold/timeout`, timeout: 20 }, quick: `${url}/quick` },
        { durable: false },
      );
      assert.ok(got.quick.ok);
      assert.ok(!got.slow.ok);
      assert.deepEqual([got.slow.reason, got.slow.error], ['unknown', 'timeout']);
    });

    test('direct requests end with the wait and with their caller', async () => {
      const { url } = target;
      const late = await so.all([`${url}/hold/wait`], { durable: false, wait: 50 });
      assert.ok(!late[0].ok);
      assert.deepEqual([late[0].state, late[0].reason], ['failed', 'expired']);
      const abort = new AbortController();
      const urls = [`${url}/hold/one`, `${url}/hold/two`];
      const options = { durable: false, signal: abort.signal, concurrency: 1 } as const;
      const waiting = so.all(urls, options);
      await target.arrivedAt('/hold/one');
      abort.abort();
      const reasons = (await waiting).map((one) => !one.ok && [one.state, one.reason]);
      assert.deepEqual(reasons, [
        ['cancelled', 'aborted'],
        ['cancelled', 'aborted'],
      ]);
      assert.ok(!target.arrivals.some(({ path }) => path === '/hold/two'));
      target.release();
    });

    test('direct requests are tried again if asked to', async () => {
      const retry = { limit: 2, delays: [1] };
      const url = `${target.url}/tries/status/503`;
      const [got] = await so.all([{ url, retry }], { durable: false });
      assert.ok(!got.ok);
      assert.deepEqual([got.reason, got.response?.status], ['exhausted', 503]);
      const tries = target.arrivals.filter(({ path }) => path === '/tries/status/503');
      assert.equal(tries.length, 3);
    });

    test('options that only one kind has are refused with the other', async () => {
      const urls = [target.url];
      await rejectsWith('invalid_field', so.all(urls, { concurrency: 5 }));
      await rejectsWith('invalid_field', so.all(urls, { durable: false, delay: '1s' }));
      await rejectsWith('invalid_field', so.all(urls, { durable: false, id: randomUUID() }));
    });
  });
}
