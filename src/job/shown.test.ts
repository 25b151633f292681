import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable, shown } from './shown.ts';

test('a value is shown short, printable and in backticks', () => {
  assert.equal(shown('5 parsecs'), '`5 parsecs`');
  assert.equal(shown(2.5), '`2.5`');
  assert.equal(shown(-0), '`-0`');
  assert.equal(shown(null), '`null`');
  assert.equal(shown([1, 2]), '`array of 2`');
  assert.equal(shown({ secret: 1 }), '`object`');
  assert.equal(shown('x'.repeat(100)).length, 63);
});

test('control characters, terminal escapes and reordering marks are shown escaped', () => {
  assert.equal(printable('\u001b[2J\r\n\u202e\0', 99), '\\u001b[2J\\u000d\\u000a\\u202e\\u0000');
});

test('any value can be shown', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      assert.match(shown(value), /^`[^\n\r]*`$/);
      assert.ok(shown(value).isWellFormed());
    }),
  );
});
