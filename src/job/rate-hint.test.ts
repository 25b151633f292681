import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../limits.ts';
import { rateHintOf } from './rate-hint.ts';

const NOW = Date.UTC(2026, 0, 1);

function left(...headers: [string, string][]): [number, number] | undefined {
  const found = rateHintOf(headers, NOW)?.left;
  return found && [found.requests, found.resetMs];
}

test('what is left is read from RateLimit, of several limits the tightest', () => {
  assert.deepEqual(left(['RateLimit', '"default";r=50;t=30']), [50, 30_000]);
  assert.deepEqual(left(['ratelimit', '"day";r=9;t=3600, "burst";r=0;t=2']), [0, 2_000]);
  assert.deepEqual(left(['RateLimit', '"a";t=5;r=0,"b";r=0;t=60']), [0, 60_000]);
});

test('the older forms say the same', () => {
  assert.deepEqual(left(['RateLimit', 'limit=100, remaining=50, reset=30']), [50, 30_000]);
  assert.deepEqual(left(['RateLimit-Remaining', '5'], ['RateLimit-Reset', '7']), [5, 7_000]);
  assert.deepEqual(left(['X-RateLimit-Reset', '1.5'], ['X-RateLimit-Remaining', '0']), [0, 1_500]);
  assert.deepEqual(left(['x-rate-limit-remaining', '1'], ['x-rate-limit-reset', '3']), [1, 3_000]);
});

test('a reset may be an instant or a duration with units', () => {
  const remaining: [string, string] = ['X-RateLimit-Remaining', '0'];
  const at = (text: string) => left(remaining, ['X-RateLimit-Reset', text])?.[1];
  assert.equal(at(String(NOW / 1_000 + 60)), 60_000);
  assert.equal(at(String(NOW + 60_000)), 60_000);
  assert.equal(at(String(NOW / 1_000 - 60)), 0);
  assert.equal(at('6m5s'), 365_000);
  assert.equal(at('20ms'), 20);
});

test('requests and tokens are limits of their own', () => {
  const requests: [string, string][] = [
    ['x-ratelimit-remaining-requests', '10'],
    ['x-ratelimit-reset-requests', '1s'],
  ];
  const tokens: [string, string][] = [
    ['x-ratelimit-remaining-tokens', '0'],
    ['x-ratelimit-reset-tokens', '6s'],
  ];
  assert.deepEqual(left(...requests, ...tokens), [0, 6_000]);
});

test('a policy says how many each second, the slowest of several', () => {
  const rate = (value: string) => rateHintOf([['RateLimit-Policy', value]], NOW)?.perSecond;
  assert.equal(rate('"default";q=100;w=50'), 2);
  assert.equal(rate('10;w=1, 60;w=60'), 1);
  assert.equal(rate('"no window";q=5'), undefined);
});

test('junk is as if it were not there', () => {
  const junk = [
    '',
    'soon',
    '-5',
    '1e9',
    '0x10',
    'NaN',
    '9'.repeat(400),
    '"x";r=;t=1',
    ';;,,=',
    'r=1',
  ];
  for (const text of junk) {
    assert.equal(rateHintOf([['RateLimit', text]], NOW), undefined, text);
    assert.equal(rateHintOf([['RateLimit-Policy', text]], NOW), undefined, text);
    assert.equal(left(['RateLimit-Remaining', '0'], ['RateLimit-Reset', text]), undefined, text);
  }
  assert.equal(left(['X-RateLimit-Remaining', '0']), undefined);
  assert.equal(
    rateHintOf(
      [
        ['X-RateLimit-Limit', '5'],
        ['Date', 'x'],
        ['X-Ratelimiter', '1'],
      ],
      NOW,
    ),
    undefined,
  );
});

test('no text makes it fail, or wait for more than a day', () => {
  const names = ['RateLimit', 'RateLimit-Policy', 'RateLimit-Remaining', 'X-RateLimit-Reset'];
  const line = fc.tuple(fc.constantFrom(...names), fc.string());
  fc.assert(
    fc.property(fc.array(line), (headers) => {
      const hint = rateHintOf(headers, NOW);
      const resetMs = hint?.left?.resetMs ?? 0;
      assert.ok(resetMs >= 0 && resetMs <= limits.retryAfterMs);
      assert.ok((hint?.perSecond ?? 1) > 0);
    }),
  );
});
