// What somebody sees whose Node is too old. An older Node is not at hand everywhere, so this one
// gives itself out as one before the launcher looks.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/', import.meta.url));

describe('under an old Node', () => {
  for (const script of ['sendoff.js', 'require-node.js']) {
    test(`${script} says in one line what it needs and fails`, () => {
      const { status, stdout, stderr } = runAs('20.20.2', script);
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /^sendoff needs Node 24\.15 or newer, this is 20\.20\.2\. [^\n]*\n$/);
    });
  }

  test('24.14 is too old, 24.15 and later majors are not', () => {
    const statuses = ['24.14.9', '24.15.0', '26.0.0'].map((version) => {
      return runAs(version, 'require-node.js').status;
    });
    assert.deepEqual(statuses, [1, 0, 0]);
  });
});

function runAs(version: string, script: string): { status: number | null } & Output {
  const versions = JSON.stringify({ ...process.versions, node: version });
  const disguise = `Object.defineProperty(process, 'versions', { value: ${versions} })`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(disguise)}`];
  return spawnSync(process.execPath, [...args, `${bin}${script}`], { encoding: 'utf8' });
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}
