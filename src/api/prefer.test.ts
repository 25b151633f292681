import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitSeconds } from './prefer.ts';

test('the first wait counts, in any of the spellings of the standard', () => {
  assert.equal(waitSeconds('wait=10'), 10);
  assert.equal(waitSeconds('respond-async, WAIT = "7"; strict, wait=9'), 7);
  assert.equal(waitSeconds('wait=0'), 0);
});

test('more than we offer is cut down', () => {
  assert.equal(waitSeconds('wait=301'), 300);
  assert.equal(waitSeconds('wait=999999999999'), 300);
});

test('what makes no sense is ignored', () => {
  const junk = [
    undefined,
    '',
    'wait',
    'wait=',
    'wait=x',
    'wait=-1',
    'wait=1.5',
    'waiting=3',
    ',,=',
  ];
  for (const prefer of junk) assert.equal(waitSeconds(prefer), undefined, String(prefer));
});
