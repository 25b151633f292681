// Mending from the command line: causes, resend, bulk.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BulkView, CauseView } from '../src/index.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const launcher = fileURLToPath(new URL('../bin/sendoff.js', import.meta.url));

let folder: string;
let server: ServerProcess;
let target: TargetServer;

before(async () => {
  folder = makeFolder('bulk-command');
  server = await startServer({ store: join(folder, 'sendoff.db'), port: await freePort() });
  target = await startTarget((response, { url }) => {
    response.writeHead(url.startsWith('/gone') ? 410 : 200).end();
  });
});

after(async () => {
  await server.end();
  await target[Symbol.asyncDispose]();
  removeFolder(folder);
});

async function run(...args: readonly string[]): Promise<{
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', SENDOFF_URL: server.url },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end();
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

async function fail(count: number, queue: string): Promise<void> {
  const url = `${target.url}/gone`;
  for (let n = 0; n < count; n++) {
    await run('send', url, '-H', 'x-a: old', '-d', 'body', '--queue', queue, '--wait');
  }
}

test('causes names what failed, and a bulk retry of one needs a yes', async () => {
  await fail(2, 'first');
  const { stdout } = await run('causes', '-o', 'jsonl');
  const cause = JSON.parse(stdout) as CauseView;
  assert.deepEqual([cause.jobs, cause.status, cause.origin], [2, 410, target.url]);

  const asked = await run('bulk', 'retry', '--cause', cause.id);
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /^retry: 2 jobs, such as [0-9a-f-]{36}\nNothing was done/);
  const dry = await run('bulk', 'retry', '--cause', cause.id, '--dry-run');
  assert.deepEqual([dry.code, dry.stdout], [0, '']);
  assert.equal((await run('bulk', 'ls')).stdout, '');

  const done = await run('bulk', 'retry', '--cause', cause.id, '--yes', '-o', 'json');
  assert.equal(done.code, 0, done.stderr);
  const bulk = JSON.parse(done.stdout) as BulkView;
  assert.deepEqual([bulk.state, bulk.progress.done], ['done', 2]);
  const got = await run('bulk', 'get', bulk.id);
  assert.match(got.stdout, new RegExp(`^${bulk.id}  done: 2 of 2 looked at, 2 done\n$`));
  assert.match((await run('bulk', 'abort', bulk.id)).stdout, /done: 2 of 2/);
  assert.match((await run('bulk', 'ls')).stdout, /retry\t2\t2\t\{"cause":/);
});

test('a bulk resend goes elsewhere, and one that is detached is only begun', async () => {
  await fail(2, 'second');
  const flags = ['--queue', 'second', '--new-url', `${target.url}/well`, '-H', 'x-a: new'];
  const begun = await run('bulk', 'resend', ...flags, '--yes', '--detach');
  assert.match(begun.stdout, /^[0-9a-f-]{36}\n$/);
  const arrivals = () => target.arrivals.filter(({ url }) => url === '/well');
  await until('both have arrived', () => arrivals().length === 2);
  assert.ok(
    arrivals().every(({ headers, body }) => headers['x-a'] === 'new' && `${body}` === 'body'),
  );
});

test('one job is resent with edits', async () => {
  await fail(1, 'third');
  const { stdout: id } = await run('ls', '--queue', 'third', '-o', 'id');
  const flags = ['--url', `${target.url}/one`, '--without-header', 'x-a', '--json', '{"n":1}'];
  const { code, stdout, stderr } = await run('resend', id.trim(), ...flags);
  assert.equal(code, 0, stderr);
  await until('it has arrived', () => target.arrivals.some(({ url }) => url === '/one'));
  const arrival = target.arrivals.find(({ url }) => url === '/one');
  assert.equal(arrival?.key, stdout.trim());
  assert.equal(`${arrival?.body}`, '{"n":1}');
  const { 'x-a': gone, 'content-type': type } = arrival?.headers ?? {};
  assert.deepEqual([gone, type], [undefined, 'application/json']);
});

test('a filter is needed, and mistakes are usage', async () => {
  const { code, stderr } = await run('bulk', 'cancel', '--yes');
  assert.equal(code, 2);
  assert.match(stderr, /say which jobs/);
  assert.equal((await run('bulk', 'retry', '--what')).code, 2);
  assert.equal((await run('bulk', 'get', '0199f3c2-0000-7000-8000-000000000000')).code, 3);
  const none = await run('bulk', 'cancel', '--queue', 'never');
  assert.deepEqual([none.code, none.stderr], [0, 'No job is meant.\n']);
});
