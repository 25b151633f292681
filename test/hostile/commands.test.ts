// What callers must not be able to do with commands: choose the program, slip in options, set what
// they like in the environment, or run anything that nobody named.

import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type NamedCommand,
  open,
  type RunningServer,
  type Sendoff,
  serve,
} from '../../src/index.ts';
import type { JobView } from '../../src/sendoff.ts';
import { call, callJson } from '../support/call.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';

const folder = makeFolder('commands');
const program = '/bin/sh';
/** Prints each argument in brackets, then the environment. */
const show = ['-c', `printf '[%s]' "$@"; echo; env`, 'show'];

const commands: Record<string, NamedCommand> = {
  show: { program, args: show, env: { DECLARED: 'yes' }, callerEnv: ['ALLOWED'] },
  strict: { program, args: show, arguments: { least: 1, most: 2, pattern: '[a-z]+' } },
  dashes: { program, args: show, arguments: { dashes: true } },
  separated: { program, args: show, arguments: { dashes: true, separator: true } },
  small: { program, args: ['-c', 'cat'], maxInput: '1KiB', timeout: '5s' },
};

let server: RunningServer;
let sendoff: Sendoff;
let base: string;

before(async () => {
  process.env.SENDOFF_TEST_SECRET = 'never';
  const store = join(folder, 'sendoff.db');
  server = await serve({ store, listen: ['127.0.0.1:0'], commands, anyCommand: true });
  base = server.urls[0] ?? '';
  sendoff = await open(`unix:${server.socketPath}`);
});

after(async () => {
  delete process.env.SENDOFF_TEST_SECRET;
  await sendoff.close();
  await server.close({ drainMs: 0 });
  removeFolder(folder);
});

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly field?: string;
}

const json = { 'content-type': 'application/json' };

function submit(fields: object, at = `${base}/v1/jobs`): Promise<Problem & JobView> {
  return callJson(at, { headers: json, body: JSON.stringify(fields) });
}

async function refused(fields: object, status: number, code: string): Promise<void> {
  const answer = await submit(fields);
  assert.deepEqual([answer.status, answer.code], [status, code], JSON.stringify(fields));
}

async function printed(name: string, options: Parameters<Sendoff['run']>[1]): Promise<string> {
  const sent = await sendoff.run(name, options);
  const job = await sent.done();
  assert.equal(job.state, 'succeeded', JSON.stringify(job));
  return (await (await sendoff.response(sent.id))?.text()) ?? '';
}

test('a name that is not on the list is never run, whatever it looks like (P01)', async () => {
  for (const command of ['nope', '../x', 'backup; rm -rf /', '', '/bin/sh', 'constructor']) {
    await refused({ command }, 422, 'unknown_command');
    if (command === '') continue;
    const path = `${base}/v1/commands/${encodeURIComponent(command)}/run`;
    const { status, code } = await callJson<Problem>(path, { method: 'POST' });
    assert.deepEqual([status, code], [422, 'unknown_command'], command);
  }
  await refused({ command: 7 }, 422, 'unknown_command');
  await refused({ command: 'show', url: 'http://a/' }, 400, 'invalid_field');
  await refused({ url: 'http://a/', args: ['x'] }, 400, 'invalid_field');
  await refused({ program: '/bin/sh' }, 400, 'unknown_field');
});

test('arguments reach the program as single words that no shell reads (P02)', async () => {
  const args = ['; rm', '$(id)', '`id`', '&& id', 'a\nb', '*', '~', '$HOME', '"', "'", '\\', ''];
  const text = await printed('show', { args });
  assert.ok(text.startsWith(args.map((arg) => `[${arg}]`).join('')), text);
});

test('what looks like an option is refused unless the operator allows it (P02)', async () => {
  for (const arg of ['-o', '--flag', '-o ProxyCommand=id', '-']) {
    await refused({ command: 'show', args: ['x', arg] }, 400, 'invalid_field');
  }
  assert.match(await printed('dashes', { args: ['-o'] }), /^\[-o\]/);
  assert.match(await printed('separated', { args: ['-o'] }), /^\[--\]\[-o\]/);
  for (const args of [[], ['a', 'b', 'c'], ['A'], ['a1'], ['a\nb']]) {
    await refused({ command: 'strict', args }, 400, 'invalid_field');
  }
  assert.match(await printed('strict', { args: ['a', 'bc'] }), /^\[a\]\[bc\]/);
});

test('arguments that no program can be given are refused at once (P03)', async () => {
  await refused({ command: 'show', args: ['a\0b'] }, 400, 'invalid_text');
  const surrogate = '{"command": "show", "args": ["\\ud800"]}';
  const answer = await callJson<Problem>(`${base}/v1/jobs`, { headers: json, body: surrogate });
  assert.deepEqual([answer.status, answer.code], [400, 'invalid_text']);
  await refused({ command: 'show', args: ['x'.repeat(3_000_000)] }, 400, 'invalid_field');
  await refused({ command: 'show', args: Array(100_000).fill('x') }, 400, 'invalid_field');
  for (const args of ['x', [1], [null], { 0: 'x' }]) {
    await refused({ command: 'show', args }, 400, 'invalid_field');
  }
});

test('a caller sets only what the command lets callers set (P04)', async () => {
  const names = ['LD_PRELOAD', 'NODE_OPTIONS', 'PATH', 'BASH_ENV', 'GIT_SSH_COMMAND', 'IFS'];
  for (const name of names) {
    await refused({ command: 'show', env: { [name]: 'x' } }, 400, 'invalid_field');
  }
  await refused({ command: 'show', env: { ALLOWED: 'a\0b' } }, 400, 'invalid_text');
  const text = await printed('show', { env: { ALLOWED: 'a\nb' } });
  const lines = text.split('\n').slice(1);
  assert.ok(lines.includes('ALLOWED=a') && lines.includes('DECLARED=yes'), text);
  assert.ok(lines.includes('PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'));
  assert.doesNotMatch(text, /SENDOFF_TEST_SECRET|SENDOFF_TOKEN|HOME=/);
});

test('values of the environment are not shown', async () => {
  const sent = await sendoff.run('show', { env: { ALLOWED: 'secret' }, delay: '1h' });
  const { target } = (await sendoff.get(sent.id)) as JobView;
  assert.ok(target.kind === 'command');
  assert.deepEqual(target.env, { ALLOWED: '***' });
  await sent.cancel();
});

test('input above the limit of the command is refused', async () => {
  const input = 'x'.repeat(1_025);
  await refused({ command: 'small', input }, 413, 'body_too_large');
  const path = `${base}/v1/commands/small/run`;
  const headers = { 'content-type': 'text/plain' };
  assert.equal((await call(path, { headers, body: input })).status, 413);
  await refused({ command: 'small', input: 'a', inputBase64: 'YQ==' }, 400, 'invalid_field');
  await refused({ command: 'small', body: 'a' }, 400, 'invalid_field');
  await refused({ command: 'small', timeout: '6s' }, 400, 'invalid_duration');
  assert.equal(await printed('small', { input: input.slice(1) }), input.slice(1));
});

test('a program that everybody may change is refused at the start, by its name (P13)', async () => {
  const own = join(folder, 'programs');
  const path = join(own, 'tool');
  mkdirSync(own);
  copyFileSync('/bin/true', path);
  const store = join(folder, 'unsafe.db');
  const starts = async (changes: Partial<NamedCommand> = {}): Promise<void> => {
    const tool = { program: path, ...changes };
    await (await open(store, { commands: { tool } })).close();
  };
  await starts();
  chmodSync(path, 0o757);
  await assert.rejects(starts(), { code: 'invalid_config', message: /programs\/tool/ });
  chmodSync(path, 0o755);
  chmodSync(own, 0o777);
  await assert.rejects(starts(), { code: 'invalid_config', message: /programs/ });
  chmodSync(own, 0o755);
  await assert.rejects(starts({ program: join(own, 'gone') }), { code: 'invalid_config' });
  await assert.rejects(starts({ program: 'true' }), { code: 'invalid_field', message: /absolute/ });
  writeFileSync(join(own, 'text'), 'x');
  await assert.rejects(starts({ program: join(own, 'text') }), { code: 'invalid_config' });
  await assert.rejects(starts({ user: 'nobody-there' }), { code: 'invalid_config' });
  await assert.rejects(starts({ group: 'nobody-there' }), { code: 'invalid_config' });
});

test('a program that was changed after the start is not run (P13)', async () => {
  const path = join(folder, 'changing');
  copyFileSync('/bin/true', path);
  const store = join(folder, 'changing.db');
  await using own = await open(store, { commands: { tool: { program: path } } });
  chmodSync(path, 0o757);
  const sent = await own.run('tool');
  assert.deepEqual([(await sent.done()).reason], ['rejected']);
  assert.equal((await own.attempts(sent.id))[0]?.error, 'command_not_allowed');
});

test('without commands in the configuration nothing runs (P14)', async () => {
  const store = join(folder, 'none.db');
  const none = await serve({ store, listen: ['127.0.0.1:0'] });
  try {
    const url = none.urls[0] ?? '';
    const jobs = await submit({ command: 'show' }, `${url}/v1/jobs`);
    assert.deepEqual([jobs.status, jobs.code], [403, 'runner_disabled']);
    for (const path of ['show/run', 'run']) {
      const answer = await submit({}, `${url}/v1/commands/${path}`);
      assert.deepEqual([answer.status, answer.code], [403, 'runner_disabled'], path);
    }
    const client = await open(`unix:${none.socketPath}`);
    const unnamed = client.run({ program: '/bin/true' });
    await assert.rejects(unnamed, { code: 'runner_disabled' });
    await client.close();
  } finally {
    await none.close({ drainMs: 0 });
  }
});

test('a program without a name runs only over the socket, if at all (P14)', async () => {
  const overTcp = await submit({ program: '/bin/true' }, `${base}/v1/commands/run`);
  assert.deepEqual([overTcp.status, overTcp.code], [403, 'runner_disabled']);
  const proxied = await overSocket({ 'x-forwarded-for': '192.0.2.1' });
  assert.deepEqual([proxied, await overSocket({})], [403, 202]);
  const sent = await sendoff.run({ program: '/bin/pwd', folder: '/tmp' }, { args: ['-P'] });
  assert.equal((await sent.done()).state, 'succeeded');
  assert.equal(await (await sendoff.response(sent.id))?.text(), '/tmp\n');
  const relative = sendoff.run({ program: 'true' });
  await assert.rejects(relative, { code: 'invalid_field' });
});

/** Status of the answer to a program without a name. */
function overSocket(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { socketPath } = server;
    const all = { 'content-type': 'application/json', ...headers };
    const sent = request({ socketPath, path: '/v1/commands/run', method: 'POST', headers: all });
    sent.on('response', (response) => resolve(response.resume().statusCode));
    sent.on('error', reject);
    sent.end('{"program": "/bin/true"}');
  });
}
