import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parseDuration } from './duration.ts';

const parse = (value: unknown): number => parseDuration(value, { field: 'delay' });
const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof SendoffError && error.code === code && error.field === 'delay';

test('a number is milliseconds and text has one unit', () => {
  assert.equal(parse(0), 0);
  assert.ok(Object.is(parse(-0), 0));
  assert.equal(parse(1500), 1500);
  assert.equal(parse('800ms'), 800);
  assert.equal(parse('2s'), 2_000);
  assert.equal(parse('1.5h'), 5_400_000);
  assert.equal(parse('5m'), 300_000);
  assert.equal(parse('7d'), 604_800_000);
  assert.equal(parse('2w'), 1_209_600_000);
});

test('what is no duration is refused', () => {
  const junk = ['', '5', '+5m', '-5m', '5 parsecs', '1.5.2s', '5M', ' 5m', '5m ', '1h30m', '.5s'];
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e30, null, undefined, true, [5], {}, 5n];
  for (const value of [...junk, '5.s', '٥m', `${'9'.repeat(400)}s`, ...odd]) {
    assert.throws(() => parse(value), refused('invalid_duration'), String(value));
  }
});

test('a duration over its limit has the code that the field wants', () => {
  const range = { field: 'delay', mostMs: limits.delayMs, tooLong: 'delay_too_long' } as const;
  assert.equal(parseDuration('366d', range), limits.delayMs);
  assert.throws(() => parseDuration('367d', range), refused('delay_too_long'));
  assert.throws(() => parseDuration(1e30, range), refused('invalid_duration'));
  assert.throws(
    () => parseDuration('2s', { field: 'delay', mostMs: 1_000 }),
    refused('invalid_duration'),
  );
  assert.throws(
    () => parseDuration(0, { field: 'delay', leastMs: 1 }),
    /Expected `delay` to be 1 ms or more, got `0`/,
  );
});

test('every decimal with a unit is its product, rounded to the millisecond', () => {
  const unit = fc.constantFrom(['ms', 1], ['s', 1e3], ['m', 6e4], ['h', 36e5], ['d', 864e5]);
  fc.assert(
    fc.property(fc.nat(9_999), fc.nat(999), unit, (whole, thousandths, [name, unitMs]) => {
      const text = `${whole}.${String(thousandths).padStart(3, '0')}${name}`;
      const exact = ((whole * 1_000 + thousandths) * Number(unitMs)) / 1_000;
      assert.ok(Math.abs(parse(text) - exact) <= 0.5 + 1e-6, text);
    }),
  );
});

test('any other value is a whole number of milliseconds or invalid_duration', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      try {
        assert.ok(Number.isSafeInteger(parse(value)));
      } catch (error) {
        assert.ok(refused('invalid_duration')(error));
      }
    }),
  );
});
