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

test('a queue is made, shown, changed, paused and forgotten', async () => {
  const name = 'https://a.test';
  const made = await run('queue', 'set', name, '--rate', '100/5m', '--burst', '10', '--pin');
  assert.equal(made.code, 0);
  assert.match(made.printed, /^queue +https:\/\/a\.test$/m);
  assert.match(made.printed, /^rate +100\/5m, burst 10$/m);
  assert.match(made.printed, /^pinned +rate, burst$/m);
  const strict = ['--order', 'strict', '--on-failure', 'park', '--without', 'burst'];
  const changed = await run('queue', 'set', name, ...strict, '-o', 'json');
  const { order, onFailure, burst } = JSON.parse(changed.printed);
  assert.deepEqual([order, onFailure, burst], ['strict', 'park', undefined]);
  assert.match((await run('queue', 'pause', name)).printed, /^now +paused$/m);
  const listed = await run('queue', 'ls');
  const row = ['https://a.test', '0', '0', '–', '100/5m', 'strict, park', 'paused'];
  assert.ok(listed.printed.split('\n').includes(row.join('\t')), listed.printed);
  assert.doesNotMatch((await run('queue', 'resume', name)).printed, /paused/);
  assert.equal((await run('queue', 'rm', name)).code, 0);
  assert.doesNotMatch((await run('queue', 'get', name)).printed, /rate|order|pinned/);
  const none = await run('queue', 'get', 'https://none.test');
  assert.equal(none.code, 3);
  assert.match(none.said, /There is no queue 'https:\/\/none\.test'/);
});

test('a limit has the same commands, and one that is wrong is usage', async () => {
  assert.equal(
    (await run('limit', 'set', 'smtp', '--concurrency', '5', '-o', 'id')).printed,
    'smtp\n',
  );
  const [one] = JSON.parse(
    (await run('limit', 'ls', '-o', 'json', '--limit', '200')).printed,
  ).filter(({ limit }: { limit: string }) => limit === 'smtp');
  assert.deepEqual([one.concurrency, one.running], [5, 0]);
  const wrong = await run('limit', 'set', 'smtp', '--rate', 'fast');
  assert.equal(wrong.code, 2);
  assert.match(wrong.said, /Expected `rate` to be a number per time/);
  assert.equal((await run('queue', 'set', 'q', '--order', 'fifo')).code, 2);
  assert.equal((await run('queue', 'set', 'q')).code, 2);
  assert.equal((await run('queue', 'stop', 'q')).code, 2);
  assert.equal((await run('limit', 'resume', 'nobody-named-it')).code, 3);
});

test('why says what a job waits for, and origins what is in use', async () => {
  await run('queue', 'pause', 'held');
  const id = (await run('send', nowhere, '--queue', 'held')).printed.trim();
  const why = await run('why', id);
  assert.equal(why.printed, `${id}  pending (paused)  queue held is paused\n`);
  assert.equal(JSON.parse((await run('why', id, '-o', 'json')).printed).by.name, 'held');
  assert.equal((await run('why', '018f0000-0000-7000-8000-000000000001')).code, 3);
  const origins = await run('origins', '-o', 'json');
  assert.ok(Array.isArray(JSON.parse(origins.printed)));
});
