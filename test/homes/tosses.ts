// Fire and forget, the same in each home.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Sendoff, SendoffError, type TossInit } from '../../src/index.ts';
import { until } from '../support/until.ts';
import type { Home } from './suite.ts';
import { type Arrival, startTarget, type Target } from './target.ts';

export function tosses(name: string, openHome: () => Promise<Home>): void {
  describe(`tosses ${name}`, { timeout: 60_000 }, () => {
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

    const arrival = (path: string): Promise<Arrival> =>
      until(`the arrival of ${path}`, () => target.arrivals.find((one) => one.path === path));

    test('a toss is taken at once and arrives as it was meant', async () => {
      const headers = { authorization: 'Basic x', cookie: 'a=b', 'idempotency-key': 'k 1' };
      const init: TossInit = { method: 'put', headers, json: { ä: 1 }, query: { y: 'ö' } };
      assert.equal(so.toss(`${target.url}/toss?x=1`, init), true);
      const came = await arrival('/toss?x=1&y=%C3%B6');
      assert.equal(came.method, 'PUT');
      assert.equal(String(came.body), '{"ä":1}');
      for (const [line, value] of Object.entries(headers)) assert.equal(came.headers[line], value);
      assert.equal(came.headers['content-type'], 'application/json');
      assert.match(came.headers['user-agent'] ?? '', /^sendoff\//);
      assert.equal(came.headers['sendoff-attempt'], undefined);
    });

    test('bodies at hand: text, bytes, a form; without one it is a GET', async () => {
      const bytes = new Uint8Array([0, 255, 10]);
      so.toss(`${target.url}/text`, { body: 'grüße' });
      so.toss(new URL(`${target.url}/bytes`), { body: bytes });
      so.toss(`${target.url}/form`, { form: { a: 'x y', b: 2 } });
      so.toss(new Request(`${target.url}/request`, { headers: { 'x-a': '1' } }));
      bytes.fill(1);
      assert.equal(String((await arrival('/text')).body), 'grüße');
      assert.deepEqual((await arrival('/bytes')).body, Buffer.from([0, 255, 10]));
      assert.equal(String((await arrival('/form')).body), 'a=x+y&b=2');
      const request = await arrival('/request');
      assert.deepEqual([request.method, request.headers['x-a']], ['GET', '1']);
    });

    test('every toss is counted, and an answer of any status is an answer', async () => {
      const before = so.tossed();
      for (let n = 0; n < 20; n++) so.toss(`${target.url}/counted/status/500`);
      const counts = await until('20 answers', () => {
        const now = so.tossed();
        return now.answered === before.answered + 20 && now;
      });
      assert.equal(counts.sent, before.sent + 20);
      assert.deepEqual(
        [counts.failed, counts.dropped, counts.waiting],
        [before.failed, before.dropped, 0],
      );
    });

    test('mistakes are thrown at once, and nothing is counted', () => {
      const before = so.tossed();
      const refused = (code: string, url: string, init: object = {}): void => {
        assert.throws(
          () => so.toss(url, init),
          (error) => error instanceof SendoffError && error.code === code,
          `${code}: ${url}`,
        );
      };
      refused('invalid_url', 'nowhere');
      refused('invalid_url', `${target.url}/a\r\nx: y`);
      refused('scheme_not_allowed', 'file:///etc/passwd');
      refused('url_credentials', 'http://user:secret@example.com/');
      refused('invalid_port', 'http://127.0.0.1:22/');
      refused('invalid_header_value', target.url, { headers: { 'x-a': 'b\r\nx-c: d' } });
      refused('invalid_header_name', target.url, { headers: [['x-a: b\r\nx-c', 'd']] });
      refused('header_not_allowed', target.url, { headers: { 'transfer-encoding': 'chunked' } });
      refused('invalid_method', target.url, { method: 'GET / HTTP/1.1\r\nx: y' });
      refused('invalid_duration', target.url, { timeout: '5' });
      refused('unknown_field', target.url, { delay: '5s' });
      refused('body_too_large', target.url, { body: 'x'.repeat(65_537) });
      refused('invalid_field', target.url, { body: new Blob(['x']).stream() });
      assert.deepEqual(so.tossed(), before);
    });

    test('a close sends what waits and awaits the answers; then tosses are refused', async () => {
      const other = await openHome();
      for (let n = 0; n < 300; n++) other.sendoff.toss(`${target.url}/flush/${n}`);
      await other.sendoff.close();
      const { sent, answered, waiting, dropped } = other.sendoff.tossed();
      assert.deepEqual({ sent, answered, waiting, dropped }, flushed);
      assert.throws(() => other.sendoff.toss(target.url), { code: 'closed' });
      await other.close();
      const paths = target.arrivals.filter(({ path }) => path.startsWith('/flush/'));
      assert.equal(new Set(paths.map(({ path }) => path)).size, 300);
    });
  });
}

const flushed = { sent: 300, answered: 300, waiting: 0, dropped: 0 };
