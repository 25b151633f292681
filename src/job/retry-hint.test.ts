import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../limits.ts';
import { retryHint } from './retry-hint.ts';

const NOW = Date.UTC(2026, 0, 1);

test('`never` and `after` with a unit are understood, in any letter case', () => {
  for (const text of ['never', ' Never ', 'NEVER']) {
    assert.deepEqual(retryHint(text, NOW), { kind: 'never' });
  }
  const table = { 'after=30s': 30_000, 'After=500MS': 500, 'after=1.5m': 90_000, 'after=0s': 0 };
  for (const [text, ms] of Object.entries(table)) {
    assert.deepEqual(retryHint(text, NOW), { kind: 'after', at: NOW + ms });
  }
});

test('it is believed only up to the bound of `Retry-After`', () => {
  for (const text of ['after=2d', 'after=99999999999w', `after=${'9'.repeat(400)}s`]) {
    assert.deepEqual(retryHint(text, NOW), { kind: 'after', at: NOW + limits.retryAfterMs });
  }
});

test('anything else is as if absent', () => {
  const junk = ['', 'now', 'after=', 'after=30', 'after=-1s', 'after 30s', 'never, never', '30s'];
  for (const text of [undefined, ...junk]) assert.equal(retryHint(text, NOW), undefined);
  fc.assert(
    fc.property(fc.string(), (text) => {
      const hint = retryHint(`x${text}`, NOW);
      assert.equal(hint, undefined);
    }),
  );
});
