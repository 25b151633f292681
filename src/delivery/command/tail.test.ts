import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tail } from './tail.ts';

test('only the last bytes are kept, however they come', () => {
  const tail = new Tail(4);
  assert.equal(tail.text(), '');
  for (const piece of ['ab', 'c', 'defghijkl', '', 'm']) tail.push(Buffer.from(piece));
  assert.equal(tail.text(), 'jklm');
  tail.push(Buffer.from('n'));
  assert.equal(tail.text(), 'klmn');
});
