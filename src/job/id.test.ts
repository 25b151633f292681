import assert from 'node:assert/strict';
import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { test } from 'node:test';
import { SendoffError } from '../errors.ts';
import { checkId } from './id.ts';

test('any lower-case hyphenated UUID is an id', () => {
  const ids = [randomUUID(), randomUUIDv7(), '00000000-0000-0000-0000-000000000000'];
  for (const id of ids) assert.equal(checkId(id), id);
});

test('anything else is invalid_id', () => {
  const id = randomUUID();
  const others = [id.toUpperCase(), id.replaceAll('-', ''), `{${id}}`, `${id}\n`, ` ${id}`, '', 5];
  for (const value of [...others, null, undefined, [id], `urn:uuid:${id}`]) {
    assert.throws(
      () => checkId(value),
      (error) => error instanceof SendoffError && error.code === 'invalid_id',
    );
  }
});
