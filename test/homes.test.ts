// One suite, three homes: in this process, over HTTP, over the Unix socket.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, serve } from '../src/index.ts';
import { budgets } from './homes/budgets.ts';
import { commands, runs } from './homes/commands.ts';
import { endings } from './homes/endings.ts';
import { groups } from './homes/groups.ts';
import { mending } from './homes/mending.ts';
import { type Home, homeSuite } from './homes/suite.ts';
import { tosses } from './homes/tosses.ts';

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sendoff-homes-'));
}

async function inProcess(): Promise<Home> {
  const dir = await folder();
  const sendoff = await open(join(dir, 'sendoff.db'), { commands });
  const close = async (): Promise<void> => {
    await sendoff.close();
    await rm(dir, { recursive: true });
  };
  return { sendoff, close };
}

async function overServer(kind: 'tcp' | 'socket'): Promise<Home> {
  const dir = await folder();
  const server = await serve({ store: join(dir, 'sendoff.db'), listen: ['127.0.0.1:0'], commands });
  const where = kind === 'tcp' ? server.urls[0] : `unix:${server.socketPath}`;
  const sendoff = await open(where ?? '');
  const close = async (): Promise<void> => {
    await sendoff.close();
    await server.close({ drainMs: 0 });
    await rm(dir, { recursive: true });
  };
  return { sendoff, close };
}

const homes = new Map([
  ['in this process', inProcess],
  ['over HTTP', () => overServer('tcp')],
  ['over the Unix socket', () => overServer('socket')],
]);

for (const [name, openHome] of homes) {
  homeSuite(name, openHome);
  endings(name, openHome);
  groups(name, openHome);
  tosses(name, openHome);
  runs(name, openHome);
  mending(name, openHome);
  budgets(name, openHome);
}
