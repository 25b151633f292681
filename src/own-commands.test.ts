import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { systemClock as clock } from './clock.ts';
import { cgroupTrees } from './delivery/command/cgroup.ts';
import { openRunner } from './own-commands.ts';

const path = `/nowhere/own-commands-${process.pid}.db`;
const open = () => cgroupTrees(hash('sha256', path).slice(0, 16));

test('a start removes empty cgroups, whose names are given again', async () => {
  // Where no cgroup may be made there is nothing to try.
  const earlier = open();
  if (!earlier) return;
  const runner = openRunner({ anyCommand: true }, { path, clock, log: () => {} });
  earlier.open('left:behind:1', undefined);
  await runner.endLeftovers();
  assert.doesNotThrow(() => open()?.open('again:1:1', undefined).remove());
  earlier.close();
});

test('a start without commands ends what an earlier one with commands has left', async () => {
  const earlier = open();
  if (!earlier) return;
  const { launcher } = earlier.open('left:running:1', undefined);
  const [file = '', ...args] = [...launcher, '/bin/sh', '-c', 'echo begun; exec sleep 20'];
  const child = spawn(file, args, { env: {} });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  const runner = openRunner({}, { path, clock, log: () => {} });
  await runner.endLeftovers();
  assert.deepEqual(await exited, [null, 'SIGKILL']);
  await runner.deliverer.close();
});

test('a cgroup that another user has made is not used', () => {
  const earlier = open();
  // Only root may become somebody else.
  if (!earlier || process.getuid?.() !== 0) return;
  const module = new URL('./delivery/command/cgroup.ts', import.meta.url).href;
  const store = hash('sha256', path).slice(0, 16);
  const script = `const { cgroupTrees } = await import('${module}');
    console.log(cgroupTrees('${store}')?.kind ?? 'none');`;
  const node = [process.execPath, '--input-type=module', '-e', script];
  const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--', ...node];
  const { status, stdout } = spawnSync('setpriv', nobody, { encoding: 'utf8' });
  earlier.close();
  // Where others may not read this folder, nothing was tried.
  if (status === 0) assert.equal(stdout, 'none\n');
});
