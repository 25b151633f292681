import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryDelayMs } from './backoff.ts';
import type { Backoff } from './job.ts';

const exponential: Backoff = { kind: 'exponential', baseMs: 2_000, factor: 4, capMs: 3_600_000 };
const almostOne = (): number => 1 - 2 ** -53;

test('exponential delays grow by the factor up to the cap', () => {
  const bounds = [1, 2, 3, 6, 7, 1_000].map((n) => retryDelayMs(exponential, n, almostOne));
  assert.deepEqual(bounds, [2_000, 8_000, 32_000, 2_048_000, 3_600_000, 3_600_000]);
});

test('jitter is uniform from nothing to the bound', () => {
  assert.equal(
    retryDelayMs(exponential, 2, () => 0.5),
    4_000,
  );
  assert.equal(
    retryDelayMs({ kind: 'fixed', delayMs: 500 }, 9, () => 0.5),
    250,
  );
});

test('a jittered delay is never less than a millisecond', () => {
  assert.equal(
    retryDelayMs(exponential, 1, () => 0),
    1,
  );
  assert.equal(
    retryDelayMs({ kind: 'fixed', delayMs: 0 }, 1, () => 0),
    1,
  );
});

test('a list is exact and its last delay repeats', () => {
  const list: Backoff = { kind: 'list', delaysMs: [0, 10, 20] };
  const delays = [1, 2, 3, 4, 99].map((retry) => retryDelayMs(list, retry, almostOne));
  assert.deepEqual(delays, [0, 10, 20, 20, 20]);
});

test('an expression is exact, from a millisecond to its cap, whatever it gives', () => {
  const delay = (text: string, retry = 1): number => {
    return retryDelayMs({ kind: 'expression', text, capMs: 60_000 }, retry, almostOne);
  };
  assert.deepEqual(
    [1, 2, 3].map((retry) => delay('pow(2, retried) * 1000', retry)),
    [1_000, 2_000, 4_000],
  );
  assert.equal(delay('1.2'), 2);
  for (const text of ['0', '-5', '-1 / 0']) assert.equal(delay(text), 1);
  for (const text of ['60001', '1 / 0', 'exp(10000)']) assert.equal(delay(text), 60_000);
});

test('where an expression gives no number, the usual delay is taken', () => {
  for (const text of ['0 / 0', 'sqrt(-1)', '1 % 0']) {
    const delayMs = retryDelayMs({ kind: 'expression', text, capMs: 10 }, 2, almostOne);
    assert.equal(delayMs, retryDelayMs(exponential, 2, almostOne), text);
  }
});

test('every jittered delay is whole and within its bound', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), random, (retry, chance) => {
      const delayMs = retryDelayMs(exponential, retry, () => chance);
      assert.ok(Number.isInteger(delayMs) && delayMs >= 1 && delayMs <= exponential.capMs);
    }),
  );
});
