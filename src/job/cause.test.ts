import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cause, causeId, causeNumber, checkCause } from './cause.ts';

const cause: Cause = { origin: 'http://a.test', reason: 'rejected', status: 404, error: null };

test('a cause has one id, and each of its parts tells it from others', () => {
  const others: Cause[] = [
    cause,
    { ...cause, origin: 'http://b.test' },
    { ...cause, reason: 'exhausted' },
    { ...cause, status: 410 },
    { ...cause, error: '404' },
  ];
  assert.equal(new Set(others.map(causeNumber)).size, others.length);
  assert.equal(causeNumber({ ...cause }), causeNumber(cause));
});

test('the id of a cause is text that gives its number back', () => {
  for (const number of [0, 1, causeNumber(cause), 2 ** 52 - 1]) {
    const id = causeId(number);
    assert.match(id, /^[0-9a-f]{13}$/);
    assert.equal(checkCause(id, 'cause'), number);
  }
});

test('what is no id of a cause is refused', () => {
  for (const value of ['', 'abc', 12, null, 'G'.repeat(13), '0'.repeat(14)]) {
    assert.throws(() => checkCause(value, 'cause'), { code: 'invalid_field', field: 'cause' });
  }
});
