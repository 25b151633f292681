// The same claims about the same verbs in each home; how they end is in `endings.ts`.

import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Sendoff } from '../../src/index.ts';
import { rejectsWith } from './rejects-with.ts';
import { startTarget, type Target } from './target.ts';

export interface Home {
  readonly sendoff: Sendoff;
  close(): Promise<void>;
}

export function homeSuite(name: string, openHome: () => Promise<Home>): void {
  describe(name, { timeout: 60_000 }, () => {
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

    test('send gives a receipt, and done gives the settled job', async () => {
      const sent = await so.send(`${target.url}/send?a=1`, { json: { n: 1 } });
      assert.match(sent.id, /^[0-9a-f-]{36}$/);
      assert.equal(sent.duplicate, false);
      const job = await sent.done();
      assert.equal(job.state, 'succeeded');
      assert.equal(job.attempts, 1);
      assert.equal(job.response?.status, 200);
      const arrival = target.arrivals.find(({ path }) => path === '/send?a=1');
      assert.equal(arrival?.method, 'POST');
      assert.equal(arrival?.headers['content-type'], 'application/json');
      assert.equal(arrival?.headers['idempotency-key'], sent.id);
      assert.deepEqual(JSON.parse(String(arrival?.body)), { n: 1 });
    });

    test("fetch gives the target's own answer", async () => {
      const response = await so.fetch(`${target.url}/fetch/status/201`, { body: 'hello' });
      assert.equal(response.status, 201);
      assert.equal(response.headers.get('x-path'), '/fetch/status/201');
      assert.equal(await response.text(), 'hello');
    });

    test('fetch takes a Request, a form and a query', async () => {
      const request = new Request(`${target.url}/request`, { method: 'PUT', body: 'put' });
      assert.equal(await (await so.fetch(request)).text(), 'put');
      const form = await so.fetch(`${target.url}/form`, { form: { a: 'ä', b: 2 } });
      assert.equal(await form.text(), 'a=%C3%A4&b=2');
      const query = await so.fetch(`${target.url}/query?x=1`, { query: { y: 2 } });
      assert.equal(query.headers.get('x-path'), '/query?x=1&y=2');
    });

    test('aborting a fetch stops the waiting, not the job', async () => {
      const abort = new AbortController();
      const id = randomUUID();
      const waiting = so.fetch(`${target.url}/hold/abort`, { id, signal: abort.signal });
      const arrivals = () => target.arrivals.filter(({ path }) => path === '/hold/abort').length;
      await until(() => arrivals() === 1);
      abort.abort('enough');
      await rejectsWith('aborted', waiting, 'enough');
      target.release();
      await until(async () => (await so.get(id))?.state === 'succeeded');
      assert.equal(arrivals(), 1);
    });

    test('a body larger than a row arrives byte for byte and comes back', async () => {
      const body = randomBytes(1_500_000);
      const response = await so.fetch(`${target.url}/large`, { body });
      assert.equal(digest(Buffer.from(await response.arrayBuffer())), digest(body));
      assert.equal(digest(target.arrivals.at(-1)?.body ?? Buffer.alloc(0)), digest(body));
    });

    test('the same id and content again is a duplicate; other content is a mismatch', async () => {
      const id = randomUUID();
      const first = await so.send(`${target.url}/twice`, { id, body: 'one' });
      await first.done();
      const again = await so.send(`${target.url}/twice`, { id, body: 'one' });
      assert.equal(again.duplicate, true);
      assert.equal(again.id, id);
      assert.equal(again.state, 'succeeded');
      await rejectsWith(
        'idempotency_mismatch',
        so.send(`${target.url}/twice`, { id, body: 'two' }),
      );
      assert.equal(target.arrivals.filter(({ path }) => path === '/twice').length, 1);
    });

    test('the same key and content again is the same job', async () => {
      const key = `order-${randomUUID()}`;
      const first = await so.send(`${target.url}/key`, { key, body: 'one' });
      const again = await so.send(`${target.url}/key`, { key, body: 'one' });
      assert.equal(again.id, first.id);
      assert.equal(again.duplicate, true);
      await rejectsWith('idempotency_mismatch', so.send(`${target.url}/other`, { key }));
    });

    test('sendMany answers each item in order, with one refusal among them', async () => {
      const items = Array.from({ length: 50 }, (_, n) =>
        n === 20 ? { url: 'ftp://x/' } : { url: `${target.url}/many/${n}` },
      );
      const lines = await Array.fromAsync(so.sendMany(items));
      assert.deepEqual(
        lines.map(({ line }) => line),
        items.map((_, n) => n + 1),
      );
      const refused = lines[20];
      assert.ok(refused && 'code' in refused);
      assert.equal(refused.code, 'scheme_not_allowed');
      assert.equal(lines.filter((line) => 'id' in line).length, 49);
    });

    test('a delayed job waits, and cancel removes it', async () => {
      const sent = await so.send(`${target.url}/delayed`, { delay: '1h', tags: ['later'] });
      const job = await so.get(sent.id);
      assert.equal(job?.state, 'pending');
      assert.equal(job?.waiting, 'delay');
      assert.deepEqual(job?.tags, ['later']);
      assert.equal((await so.cancel(sent.id)).cancelled, 'removed');
      assert.equal((await so.get(sent.id))?.state, 'cancelled');
      await rejectsWith('already_final', so.cancel(sent.id));
    });

    test('cancel aborts a live connection', async () => {
      const sent = await so.send(`${target.url}/hold/cancel`);
      await until(() => target.arrivals.some(({ path }) => path === '/hold/cancel'));
      assert.equal((await so.get(sent.id))?.state, 'running');
      assert.equal((await so.cancel(sent.id)).cancelled, 'aborted');
      const [attempt] = await so.attempts(sent.id);
      assert.equal(attempt?.result, 'cancelled');
    });

    test('retry sends a waiting job now, and a failed one again', async () => {
      const waiting = await so.send(`${target.url}/now`, { delay: '1h' });
      await so.retry(waiting.id);
      await until(async () => (await so.get(waiting.id))?.state === 'succeeded');
      const failed = await so.send(`${target.url}/status/404`, { body: 'x' });
      const job = await failed.done();
      assert.equal(job.reason, 'rejected');
      await so.retry(failed.id);
      await until(async () => (await so.attempts(failed.id)).length === 2);
    });

    test('retries are counted and end as exhausted', async () => {
      const retry = { limit: 2, delays: [1] };
      const sent = await so.send(`${target.url}/status/503`, { retry });
      const job = await sent.done();
      assert.equal(job.state, 'failed');
      assert.equal(job.reason, 'exhausted');
      assert.equal(job.attempts, 3);
      const results = (await so.attempts(sent.id)).map(({ result }) => result);
      assert.deepEqual(results, ['retry', 'retry', 'retry']);
      assert.equal((await so.response(sent.id))?.status, 503);
    });

    test('list pages newest first and filters', async () => {
      const queue = `list-${randomUUID()}`;
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) {
        ids.push((await so.send(`${target.url}/list/${n}`, { queue, delay: '1h' })).id);
      }
      const first = await so.list({ queue, limit: 3 });
      const rest = await so.list({ queue, limit: 3, cursor: first.next ?? '' });
      const listed = [...first.jobs, ...rest.jobs].map(({ id }) => id);
      assert.deepEqual(listed, ids.toReversed());
      assert.deepEqual((await so.list({ queue, state: 'failed' })).jobs, []);
      await rejectsWith('invalid_cursor', so.list({ state: 'failed', cursor: first.next ?? '' }));
      await rejectsWith('invalid_limit', so.list({ limit: 0 }));
    });

    test('an idempotency-key of the caller goes to the target beside any body', async () => {
      const headers = { 'Idempotency-Key': 'theirs' };
      for (const body of ['small', 'x'.repeat(100_000), 'y'.repeat(100_000)]) {
        const sent = await so.send(`${target.url}/theirs`, { headers, body });
        assert.equal((await sent.done()).state, 'succeeded');
      }
      const keys = target.arrivals
        .filter(({ path }) => path === '/theirs')
        .map((arrival) => arrival.headers['idempotency-key']);
      assert.deepEqual(keys, ['theirs', 'theirs', 'theirs']);
      for (const body of ['small', 'x'.repeat(100_000)]) {
        const signed = so.send(target.url, { headers: { 'webhook-id': '1' }, body });
        await rejectsWith('header_not_allowed', signed);
      }
    });

    test('mistakes are refused with a code, and nothing is stored', async () => {
      const before = (await so.list({ limit: 1 })).jobs[0]?.id;
      await rejectsWith('invalid_url', so.send('nowhere'));
      await rejectsWith('scheme_not_allowed', so.send('file:///etc/passwd'));
      await rejectsWith('url_credentials', so.send('http://user:secret@example.com/'));
      await rejectsWith('invalid_duration', so.send(target.url, { delay: '5' }));
      await rejectsWith('invalid_id', so.send(target.url, { id: 'NOT-A-UUID' }));
      await rejectsWith('header_not_allowed', so.send(target.url, { headers: { host: 'x' } }));
      const typo = { retires: 3 } as object;
      await rejectsWith('unknown_field', so.send(target.url, typo));
      assert.equal((await so.list({ limit: 1 })).jobs[0]?.id, before);
    });

    test('what is not there is undefined or not_found', async () => {
      const id = randomUUID();
      assert.equal(await so.get(id), undefined);
      await rejectsWith('not_found', so.cancel(id));
      await rejectsWith('not_found', so.retry(id));
      await rejectsWith('not_found', so.response(id));
    });
  });
}

async function until(claim: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await claim())) {
    assert.ok(Date.now() < deadline, 'not within ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
