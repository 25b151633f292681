import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { checkKey, checkName, checkText, checkWhole } from './text.ts';

const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof SendoffError && error.code === code && error.field === 'key';

test('text may hold anything but lone surrogates and U+0000', () => {
  assert.equal(checkText('a\nb\u0001🎉', 'key'), 'a\nb\u0001🎉');
  assert.throws(() => checkText('a\udc00', 'key'), refused('invalid_text'));
  assert.throws(() => checkText('\0', 'key'), refused('invalid_text'));
  assert.throws(() => checkText(5, 'key'), refused('invalid_field'));
});

test('an accepted name fits into its bytes and has no control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300, size: 'max' }), (text) => {
      let name = 'x';
      try {
        name = checkName(text, 'key');
      } catch (error) {
        assert.ok(refused('invalid_text')(error) || refused('invalid_field')(error));
      }
      const bytes = Buffer.byteLength(name);
      assert.ok(bytes >= 1 && bytes <= limits.nameBytes && !/\p{Cc}/u.test(name));
    }),
  );
});

test('an accepted key is the same after a trip through a header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      let key = 'x';
      try {
        key = checkKey(text);
      } catch (error) {
        assert.ok(refused('invalid_text')(error) || refused('invalid_field')(error));
      }
      assert.equal(new Headers({ key }).get('key'), key);
    }),
  );
});

test('a whole number stays within its bounds', () => {
  const range = { field: 'key', least: 1, most: 3 };
  assert.equal(checkWhole(3, range), 3);
  for (const value of [0, 4, 1.5, Number.NaN]) {
    assert.throws(() => checkWhole(value, range), refused('number_out_of_range'));
  }
  for (const value of ['2', null, 2n]) {
    assert.throws(() => checkWhole(value, range), refused('invalid_field'));
  }
});
