import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
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
