import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindWait, headerLine, wholeNumber } from './arguments.ts';
import { unknownVariables } from './environment.ts';
import { sizeInput } from './size-input.ts';

test('--wait takes a time after it and leaves a URL alone', () => {
  assert.deepEqual(bindWait(['send', '--wait', 'http://a']), [
    'send',
    '--wait=forever',
    'http://a',
  ]);
  assert.deepEqual(bindWait(['send', '--wait', '30s', 'u']), ['send', '--wait=30s', 'u']);
  assert.deepEqual(bindWait(['send', '--wait=5s', 'u']), ['send', '--wait=5s', 'u']);
  assert.deepEqual(bindWait(['send', '--', '--wait']), ['send', '--', '--wait']);
});

test('a header line may have colons in its value, or none', () => {
  assert.deepEqual(headerLine('A: b:c'), ['A', 'b:c']);
  assert.deepEqual(headerLine('A:'), ['A', '']);
  assert.throws(() => headerLine('no colon'), /Name: value/);
  assert.throws(() => headerLine(': value'), /Name: value/);
});

test('numbers are whole', () => {
  assert.equal(wholeNumber('12'), 12);
  for (const text of ['', '-1', '1.5', '1e3', 'x']) assert.throws(() => wholeNumber(text), text);
});

test('sizes have units, decimal and binary', () => {
  assert.equal(sizeInput('512'), 512);
  assert.equal(sizeInput('64KiB'), 65_536);
  assert.equal(sizeInput('64k'), 65_536);
  assert.equal(sizeInput('1.5 GB'), 1_500_000_000);
  for (const text of ['', 'x', '-1', '0', '1XB']) assert.throws(() => sizeInput(text), text);
});

test('a mistyped variable is named, others are not ours to judge', () => {
  const environment = { SENDOFF_PROT: '1', SENDOFF_STORE: 'a', PATH: 'b' };
  assert.deepEqual(unknownVariables(environment), ['SENDOFF_PROT']);
});
