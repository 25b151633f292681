// A server that dies while it runs commands: its next start ends what is left of them before it
// begins anything, runs them again, and those that are to run at most once it does not.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AttemptView, JobView, Receipt } from '../src/sendoff.ts';
import { callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { alive, pidsIn, zombies } from './support/processes.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { until } from './support/until.ts';

const folder = makeFolder('commands-crash');

after(async () => {
  await endServers();
  removeFolder(folder);
});

// The first run leaves processes of every kind; the second, told by the file, ends at once.
const script = `
  if [ -s "$1" ]; then echo again; exit 0; fi
  setsid sh -c 'echo $$ >>"$1"; trap "" TERM; exec sleep 300' x "$1" &
  (setsid sh -c 'echo $$ >>"$1"; exec sleep 300' x "$1" &)
  sh -c 'echo $$ >>"$1"; kill -STOP $$' x "$1" &
  echo $$ >>"$1"; sleep 300`;

function configFile(): string {
  const path = join(folder, 'sendoff.config.json');
  const command = { program: '/bin/sh', args: ['-c', script, 'script'] };
  const commands = { again: command, once: { ...command, delivery: 'at-most-once' } };
  writeFileSync(path, JSON.stringify({ commands }), { mode: 0o600 });
  return path;
}

async function run(server: ServerProcess, name: string, file: string): Promise<string> {
  const path = `${server.url}/v1/commands/${name}/run?arg=${encodeURIComponent(file)}`;
  return (await callJson<Receipt>(path, { method: 'POST' })).id;
}

function settled(server: ServerProcess, id: string): Promise<JobView> {
  return until(`${id} settles`, async () => {
    const job = await callJson<JobView>(`${server.url}/v1/jobs/${id}`);
    return job.settledAt !== undefined && job;
  });
}

async function resultsOf(server: ServerProcess, id: string): Promise<string[]> {
  const path = `${server.url}/v1/jobs/${id}/attempts`;
  const { attempts } = await callJson<{ attempts: AttemptView[] }>(path);
  return attempts.map(({ result }) => result);
}

test('nothing of a command survives a kill -9 and a restart (P12)', async () => {
  const args = ['--config', configFile()];
  const options = { store: join(folder, 'crash.db'), port: await freePort(), args };
  let server = await startServer(options);
  const [againFile, onceFile] = [join(folder, 'again'), join(folder, 'once')];
  const again = await run(server, 'again', againFile);
  const once = await run(server, 'once', onceFile);
  const left = await until('all of them run', () => {
    const pids = [...pidsIn(againFile), ...pidsIn(onceFile)];
    return pids.length === 8 && pids;
  });
  await server.end('SIGKILL');
  server = await startServer(options);
  assert.deepEqual(alive(left), []);
  const [first, second] = [await settled(server, again), await settled(server, once)];
  assert.deepEqual([first.state, first.attempts], ['succeeded', 2]);
  assert.deepEqual(await resultsOf(server, again), ['interrupted', 'success']);
  assert.deepEqual([second.state, second.reason, second.attempts], ['failed', 'unknown', 1]);
  assert.deepEqual(await resultsOf(server, once), ['interrupted']);
  assert.equal(pidsIn(onceFile).length, 4);
  assert.deepEqual(zombies(server.pid), []);
  await server.end('SIGTERM');
});

test('a stop ends commands; what is to run at most once is not begun again', async () => {
  const args = ['--config', configFile(), '--drain', '0s'];
  const options = { store: join(folder, 'stop.db'), port: await freePort(), args };
  let server = await startServer(options);
  const [againFile, onceFile] = [join(folder, 'stop-again'), join(folder, 'stop-once')];
  const again = await run(server, 'again', againFile);
  const once = await run(server, 'once', onceFile);
  await until('all of them run', () => pidsIn(againFile).length + pidsIn(onceFile).length === 8);
  assert.deepEqual(await server.end('SIGTERM'), { code: 0, signal: null });
  assert.deepEqual(alive([...pidsIn(againFile), ...pidsIn(onceFile)]), []);
  server = await startServer(options);
  assert.equal((await settled(server, again)).state, 'succeeded');
  const job = await settled(server, once);
  assert.deepEqual([job.state, job.reason], ['failed', 'unknown']);
  await server.end('SIGTERM');
});

test('a name that was taken from the configuration meanwhile does not run', async () => {
  const path = configFile();
  const options = { store: join(folder, 'gone.db'), port: await freePort() };
  const server = await startServer({ ...options, args: ['--config', path] });
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ command: 'again', args: ['x'], delay: '1h' });
  const { id } = await callJson<Receipt>(`${server.url}/v1/jobs`, { headers, body });
  const { commands } = JSON.parse(readFileSync(path, 'utf8')) as { commands: object };
  writeFileSync(path, JSON.stringify({ commands: { ...commands, again: undefined } }));
  server.signal('SIGHUP');
  await until('it counts', async () => {
    const answer = await callJson<{ code?: string }>(`${server.url}/v1/jobs`, { headers, body });
    return answer.code === 'unknown_command';
  });
  await callJson(`${server.url}/v1/jobs/${id}/retry`, { method: 'POST' });
  const job = await settled(server, id);
  assert.deepEqual([job.state, job.reason], ['failed', 'rejected']);
  await server.end('SIGTERM');
});
