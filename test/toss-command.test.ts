// `sendoff toss` as people use it: through a server, and without one.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const launcher = fileURLToPath(new URL('../bin/sendoff.js', import.meta.url));
const folder = makeFolder('toss-command');
let server: ServerProcess;
let target: TargetServer;
let nobody: string;

before(async () => {
  server = await startServer({ store: join(folder, 'sendoff.db'), port: await freePort() });
  nobody = `http://127.0.0.1:${await freePort()}`;
  target = await startTarget((response) => void response.writeHead(404).end('no'));
});

after(async () => {
  await endServers();
  await target[Symbol.asyncDispose]();
  removeFolder(folder);
});

async function run(args: readonly string[], serverUrl = server.url) {
  const child = spawn(process.execPath, [launcher, 'toss', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', SENDOFF_URL: serverUrl },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let printed = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.end('from standard input');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, printed, said };
}

const silent = { code: 0, printed: '', said: '' };
const last = () => target.arrivals.at(-1)!;

test('a toss is silent, and arrives with what -H, -d, --json and --form say', async () => {
  const file = join(folder, 'small.txt');
  writeFileSync(file, 'from a file');
  const given: [args: string[], method: string, type: string | undefined, body: RegExp][] = [
    [[`${target.url}/plain`], 'GET', undefined, /^$/],
    [['PUT', target.url, '-d', '@small.txt', '-H', 'Content-Type: a/b'], 'PUT', 'a/b', /^from a/],
    [[target.url, '--json', '{"n":1}'], 'POST', 'application/json', /^\{"n":1\}$/],
    [[target.url, '-d', '-'], 'POST', 'application/x-www-form-urlencoded', /^from standard/],
  ];
  for (const [at, [args, method, type, body]] of given.entries()) {
    assert.deepEqual(await run(args), silent);
    await until('the arrival', () => target.arrivals.length === at + 1);
    assert.deepEqual([last().method, last().headers['content-type']], [method, type]);
    assert.match(String(last().body), body);
  }
  assert.deepEqual(await run([target.url, '--form', 'a=b', '--form', 'f=@small.txt']), silent);
  await until('the arrival', () => target.arrivals.length === given.length + 1);
  assert.match(String(last().headers['content-type']), /^multipart\/form-data/);
});

test('--local needs no server, and says what went wrong with the target', async () => {
  const before = target.arrivals.length;
  assert.deepEqual(await run(['--local', target.url, '-d', 'x'], nobody), silent);
  assert.equal(target.arrivals.length, before + 1);
  const { code, said } = await run(['--local', `${nobody}/`]);
  assert.equal(code, 1);
  assert.match(said, /refused/);
});

test('exit codes: no server is 7, a wrong argument is 2', async () => {
  assert.equal((await run([target.url], nobody)).code, 7);
  assert.equal((await run(['nonsense'])).code, 2);
  assert.equal((await run([])).code, 2);
  assert.equal((await run([target.url, '--timeout', '5'])).code, 2);
});
