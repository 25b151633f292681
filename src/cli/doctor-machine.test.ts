import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtLeast, machineFindings } from './doctor-machine.ts';

test('versions are compared number by number', () => {
  assert.ok(isAtLeast('3.53.0', '3.51.3'));
  assert.ok(isAtLeast('3.51.3', '3.51.3'));
  assert.ok(!isAtLeast('3.51.2', '3.51.3'));
  assert.ok(!isAtLeast('3.9.9', '3.51.3'));
  assert.ok(isAtLeast('24.15.0-rc.1', '24.15.0'));
});

test('this machine runs sendoff, and a folder that is not there is found', async () => {
  const findings = await machineFindings('./sendoff.db');
  const about = (what: string) => findings.find((finding) => finding.what === what)?.verdict;
  assert.equal(about('node'), 'good');
  assert.equal(about('sqlite'), 'good');
  const missing = await machineFindings('/nonexistent/sendoff.db');
  assert.equal(missing.find(({ what }) => what === 'disk')?.verdict, 'bad');
});
