import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../limits.ts';
import { retryAfterAt } from './retry-after.ts';

const NOW = Date.UTC(1994, 10, 6, 8, 49, 0);

test('seconds count from now', () => {
  assert.equal(retryAfterAt('120', NOW), NOW + 120_000);
  assert.equal(retryAfterAt(' 0 ', NOW), NOW);
});

test('all three date forms of HTTP are understood', () => {
  assert.equal(retryAfterAt('Sun, 06 Nov 1994 08:49:37 GMT', NOW), NOW + 37_000);
  assert.equal(retryAfterAt('Sunday, 06-Nov-94 08:49:37 GMT', NOW), NOW + 37_000);
  assert.equal(retryAfterAt('Sun Nov  6 08:49:37 1994', NOW), NOW + 37_000);
});

test('a year of two digits is at most 50 years ahead', () => {
  assert.equal(retryAfterAt('Sunday, 06-Nov-44 08:49:37 GMT', NOW), NOW + limits.retryAfterMs);
  assert.equal(retryAfterAt('Sunday, 06-Nov-45 08:49:37 GMT', NOW), NOW);
});

test('what is asked for is held between now and a day ahead', () => {
  assert.equal(retryAfterAt('1000000000000000000', NOW), NOW + limits.retryAfterMs);
  assert.equal(retryAfterAt('9'.repeat(400), NOW), NOW + limits.retryAfterMs);
  assert.equal(retryAfterAt('Fri, 31 Dec 9999 23:59:59 GMT', NOW), NOW + limits.retryAfterMs);
  assert.equal(retryAfterAt('Thu, 01 Jan 1970 00:00:00 GMT', NOW), NOW);
});

test('junk, negative and several values are as if absent', () => {
  const junk = ['', 'soon', '-5', '+5', '1.5', '1e18', '0x10', '120, 60', '1 2', '120s'];
  const dates = ['Sun, 31 Feb 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 24:49:37 GMT', '1994-11-06'];
  const more = ['Sun, 06 Nov 1994 08:49:37 +0000', 'Sun, 06 anF 1994 08:49:37 GMT'];
  for (const value of [undefined, ...junk, ...dates, ...more]) {
    assert.equal(retryAfterAt(value, NOW), undefined, String(value));
  }
});

test('any text is undefined or an instant within a day', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const at = retryAfterAt(value, NOW);
      assert.ok(at === undefined || (at >= NOW && at <= NOW + limits.retryAfterMs));
    }),
  );
});
