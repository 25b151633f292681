// What the command line says of queues and limits, and shows of them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';

const launcher = fileURLToPath(new URL('../bin/sendoff.js', import.meta.url));
const folder = makeFolder('queue-command');
const nowhere = 'http://nowhere.test/';
let server: ServerProcess;

before(async () => {
  server = await startServer({ store: join(folder, 'sendoff.db'), port: await freePort() });
});

after(async () => {
  await endServers();
  removeFolder(folder);
});

async function run(...args: readonly string[]) {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', SENDOFF_URL: server.url },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let printed = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, printed, said };
}

test('what is said of a queue and a limit counts, and what it changes is told', async () => {
  const args = ['send', nowhere, '--delay', '1h', '--queue', 'q1', '--limit', 'k1', '--limit-rate'];
  const first = await run(...args, '9/s', '--queue-on-failure', 'skip');
  assert.deepEqual([first.code, first.said], [0, '']);
  const other = await run(...args, '8/s', '--queue-order', 'strict', '-o', 'json');
  const note = '`rate` of limit `k1` was 9/s and is 8/s from now on';
  assert.equal(other.said, `Note: ${note}\n`);
  assert.deepEqual(JSON.parse(other.printed).notes, [note]);
  const keyless = await run('send', nowhere, '--limit-rate', '9/s');
  assert.equal(keyless.code, 2);
  assert.match(keyless.said, /Expected --limit/);
});
