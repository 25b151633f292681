import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
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
