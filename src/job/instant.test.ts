import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isoInstant, parseInstant } from './instant.ts';

const NOW = Date.UTC(2026, 0, 1);
const parse = (value: unknown): number => parseInstant(value, { field: 'at', now: NOW });
const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof SendoffError && error.code === code && error.field === 'at';

test('an instant is text with a zone, a Date, or milliseconds', () => {
  const at = Date.UTC(2026, 1, 28, 9, 30);
  assert.equal(parse('2026-02-28T09:30:00Z'), at);
  assert.equal(parse('2026-02-28T09:30Z'), at);
  assert.equal(parse('2026-02-28T09:30:00+00:00'), at);
  assert.equal(parse('2026-02-28T11:00:00+01:30'), at);
  assert.equal(parse('2026-02-28T01:30:00-08:00'), at);
  assert.equal(parse('2026-02-28T09:30:00.25Z'), at + 250);
  assert.equal(parse(new Date(at)), at);
  assert.equal(parse(at), at);
});

test('parts of a millisecond are rounded up, so that nothing is early', () => {
  assert.equal(parse('2026-02-28T09:30:00.0001Z'), Date.UTC(2026, 1, 28, 9, 30) + 1);
  assert.equal(parse(NOW + 0.2), NOW + 1);
});

test('an instant in the past stays in the past', () => {
  assert.equal(parse('1970-01-01T00:00:00Z'), 0);
  assert.equal(parse('2001-01-01T00:00:00Z'), Date.UTC(2001, 0, 1));
});

test('an impossible, zoneless or distant instant is refused', () => {
  const days = ['2025-02-30T00:00:00Z', '2025-02-29T00:00:00Z', '2025-13-01T00:00:00Z'];
  const times = ['2025-02-01T24:00:00Z', '2025-02-01T23:59:60Z', '2025-02-01T23:60:00Z'];
  const zones = ['2025-02-01T00:00:00', '2025-02-01', '2025-02-01T00:00:00+25:00'];
  const years = ['0001-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '+275761-01-01T00:00:00Z'];
  const others = ['', 'now', '2025-02-01 00:00:00Z', new Date(Number.NaN), Number.NaN, null, {}];
  const numbers = [-1, 275_761 * 3.2e10, Number.POSITIVE_INFINITY];
  for (const value of [...days, ...times, ...zones, ...years, ...others, ...numbers]) {
    assert.throws(() => parse(value), refused('invalid_instant'), String(value));
  }
});

test('a number that looks like seconds is refused with a hint', () => {
  assert.throws(() => parse(1_767_225_600), /seconds/);
  assert.throws(() => parse(1_767_225_600), refused('invalid_instant'));
});

test('an instant further ahead than the longest delay is refused', () => {
  assert.equal(parse(NOW + limits.delayMs), NOW + limits.delayMs);
  assert.throws(() => parse(NOW + limits.delayMs + 1), refused('delay_too_long'));
  assert.throws(() => parse('9999-01-01T00:00:00Z'), refused('delay_too_long'));
});

test('what isoInstant writes, parseInstant reads', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: NOW }), (at) => {
      assert.equal(parse(isoInstant(at)), at);
    }),
  );
});
