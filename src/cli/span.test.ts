import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relative, size, span } from './span.ts';

test('a span has two units at most', () => {
  const spans: [ms: number, text: string][] = [
    [0, '0ms'],
    [350, '350ms'],
    [1_000, '1s'],
    [4_250, '4.3s'],
    [59_000, '59s'],
    [60_000, '1m'],
    [724_000, '12m 4s'],
    [12_000_000, '3h 20m'],
    [604_800_000, '7d'],
  ];
  for (const [ms, text] of spans) assert.equal(span(ms), text);
});

test('an instant is shown as seen from now', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  assert.equal(relative('2026-01-01T00:00:00.100Z', now), 'now');
  assert.equal(relative('2026-01-01T00:04:00Z', now), 'in 4m');
  assert.equal(relative('2025-12-31T23:59:48Z', now), '12s ago');
});

test('a size has the largest unit that fits', () => {
  assert.equal(size(0), '0 B');
  assert.equal(size(1_023), '1023 B');
  assert.equal(size(3_482), '3.4 KiB');
  assert.equal(size(104_857_600), '100 MiB');
});
