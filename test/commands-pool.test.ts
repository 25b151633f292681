// Many commands at once: never more of them run than the pool has places, also across a kill -9 of
// the server, and nothing is left behind. `SENDOFF_POOL_COMMANDS=10000` is the long run; its
// figures are printed.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { JobPage } from '../src/sendoff.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { alive, residentBytes, zombies } from './support/processes.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget } from './support/target-server.ts';
import { until } from './support/until.ts';

const COMMANDS = Number(process.env.SENDOFF_POOL_COMMANDS ?? 300);
const AT_ONCE = 8;
/** What one step of a test may take at the most, however slow the machine. */
const withinMs = 120_000 + COMMANDS * 100;

const folder = makeFolder('commands-pool');
const log = join(folder, 'log');

after(async () => {
  await endServers();
  removeFolder(folder);
});

interface Line {
  readonly what: string;
  readonly id: string;
  readonly pid: number;
}

function lines(): Line[] {
  const text = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return text.map((line) => {
    const [what = '', id = '', pid] = line.split(' ');
    return { what, id, pid: Number(pid) };
  });
}

/** Most that ran at one time; a death ends all that ran. */
function mostAtOnce(all: readonly Line[]): number {
  let running = 0;
  let most = 0;
  for (const { what } of all) {
    if (what === '+') most = Math.max(most, ++running);
    else if (what === '-') running--;
    else running = 0;
  }
  return most;
}

function configFile(): string {
  const path = join(folder, 'sendoff.config.json');
  const script = 'echo "+ $SENDOFF_JOB $$" >>"$0"; sleep 0.05; echo "- $SENDOFF_JOB $$" >>"$0"';
  const step = { program: '/bin/sh', args: ['-c', script, log] };
  writeFileSync(path, JSON.stringify({ commands: { step, other: step } }), { mode: 0o600 });
  return path;
}

async function submit(server: ServerProcess): Promise<void> {
  const job = (n: number): string => JSON.stringify({ command: n % 2 ? 'step' : 'other' });
  const body = Array.from({ length: COMMANDS }, (_, n) => job(n)).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  const answer = await call(`${server.url}/v1/jobs`, { headers, body });
  const answers = answer.body.toString().trim().split('\n');
  assert.equal(answers.filter((line) => line.includes('"id"')).length, COMMANDS);
}

test(`${COMMANDS} commands at once never run more than ${AT_ONCE}, and none is left`, async () => {
  writeFileSync(log, '');
  const args = ['--config', configFile(), '--commands-at-once', String(AT_ONCE)];
  const options = { store: join(folder, 'pool.db'), port: await freePort(), args };
  let server = await startServer(options);
  await submit(server);
  const startBytes = residentBytes(server.pid);
  await using target = await startTarget((response) => void response.end('ok'));
  await until('some have run', () => lines().length > COMMANDS / 2, { withinMs });
  const to = `${server.url}/v1/to?url=${encodeURIComponent(target.url)}`;
  const answer = await call(to, { headers: { prefer: 'wait=30' }, body: 'beside them' });
  assert.equal(answer.status, 200);
  const middleBytes = residentBytes(server.pid);
  await server.end('SIGKILL');
  const before = lines();
  server = await startServer(options);
  assert.deepEqual(alive(before.map(({ pid }) => pid)), []);
  const done = (): number =>
    new Set(
      lines()
        .filter(({ what }) => what === '-')
        .map(idOf),
    ).size;
  await until('all have run', () => done() === COMMANDS, { withinMs });
  await until('all have settled', async () => {
    const path = `${server.url}/v1/jobs?state=pending&limit=1`;
    const { jobs } = await callJson<JobPage>(path);
    return jobs.length === 0;
  });
  const all = lines();
  const most = mostAtOnce([
    ...before,
    { what: 'death', id: '', pid: 0 },
    ...all.slice(before.length),
  ]);
  assert.ok(most <= AT_ONCE, `${most} ran at one time`);
  assert.deepEqual(zombies(server.pid), []);
  assert.deepEqual(alive(all.map(({ pid }) => pid)), []);
  const endBytes = residentBytes(server.pid);
  const mib = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`;
  const resident = [startBytes, middleBytes, endBytes].map(mib).join(', ');
  console.log(`${COMMANDS} commands: ${most} at once, ${all.length} lines; resident ${resident}`);
  await server.end('SIGTERM');
});

function idOf({ id }: Line): string {
  return id;
}
