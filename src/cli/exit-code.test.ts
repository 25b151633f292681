import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, SendoffError } from '../errors.ts';
import { complaint } from './complaint.ts';
import { exitCodeOf, serverExitCodeOf } from './exit-code.ts';

const error = (code: ErrorCode, cause?: object): SendoffError =>
  new SendoffError(code, `about ${code}`, { cause });

test('each kind of failure has its exit code', () => {
  const codes: [ErrorCode, number][] = [
    ['internal', 1],
    ['busy', 1],
    ['invalid_url', 2],
    ['invalid_duration', 2],
    ['unknown_field', 2],
    ['not_found', 3],
    ['unauthorized', 4],
    ['idempotency_mismatch', 5],
    ['already_final', 5],
    ['fixed_value', 5],
    ['unreachable', 7],
    ['aborted', 130],
  ];
  for (const [code, exitCode] of codes) assert.equal(exitCodeOf(error(code)), exitCode, code);
  assert.equal(exitCodeOf(new Error('a bug')), 1);
});

test('a server says whether trying again later may help', () => {
  assert.equal(serverExitCodeOf(error('listen_failed', { code: 'EADDRINUSE' })), 75);
  assert.equal(serverExitCodeOf(error('store_locked')), 75);
  assert.equal(serverExitCodeOf(error('listen_failed', { code: 'EACCES' })), 78);
  assert.equal(serverExitCodeOf(error('not_a_sendoff_store')), 78);
  assert.equal(serverExitCodeOf(error('store_readonly')), 78);
  assert.equal(serverExitCodeOf(new Error('a bug')), 1);
});

test('a complaint names the thing in one line and then what to do', () => {
  const lines = complaint(error('not_found')).split('\n');
  assert.equal(lines[0], 'sendoff: about not_found (not_found)');
  assert.match(lines[1]!, /sendoff ls/);
  const hostile = complaint(new SendoffError('invalid_url', 'got \u001b[2J\nsendoff: all is well'));
  assert.equal(hostile.split('\n').length, 2);
  assert.ok(!hostile.includes('\u001b'));
});
