import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFields, isPlainObject, nearestName } from './known-field.ts';

test('the nearest name is at most two edits away, letter case and hyphens aside', () => {
  const names = ['retries', 'retry', 'startBy', 'at', 'sendoff-start-by'];
  const nearest: Record<string, string | undefined> = {
    retires: 'retries',
    retrys: 'retry',
    'start-by': 'startBy',
    'sendoff-strat-by': 'sendoff-start-by',
    sendoffstartby: 'sendoff-start-by',
    ta: 'at',
    zz: undefined,
    q: undefined,
    '': undefined,
    something: undefined,
  };
  for (const [given, name] of Object.entries(nearest)) {
    assert.equal(nearestName(given, names), name, given);
  }
});

test('a huge field name is refused without being compared at length', () => {
  const huge = { ['x'.repeat(1_000_000)]: 1 };
  assert.throws(
    () => checkFields(huge, new Set(['delay']), ''),
    (error) => error instanceof Error && error.message.length < 200,
  );
});

test('only literals and parsed JSON are plain objects', () => {
  for (const value of [{}, Object.create(null), JSON.parse('{"__proto__":1}')]) {
    assert.ok(isPlainObject(value));
  }
  for (const value of [null, undefined, [], 'x', 1, new Map(), new (class {})(), () => 1]) {
    assert.ok(!isPlainObject(value));
  }
});
