import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchFailure } from './spawn-failure.ts';

test('a program that is missing is told from a privilege that is not ours to give', () => {
  const error = (code: number, stderr: string): string | undefined =>
    launchFailure({ code, signal: null, stderr })?.error;
  const nowhere = '/nowhere: No such file or directory';
  assert.equal(error(127, `setpriv: failed to execute ${nowhere}`), 'command_not_found');
  assert.equal(error(127, 'sendoff-launcher: 1: exec: /nowhere: not found'), 'command_not_found');
  const refused = 'setpriv: setresuid failed: Operation not permitted';
  assert.equal(error(127, refused), 'command_not_started');
  assert.equal(error(127, 'sh: not-a-command: not found'), undefined);
});
