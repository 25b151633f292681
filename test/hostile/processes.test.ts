// What commands do to whoever runs them: processes that will not end, output without end, input
// that nobody reads.

import assert from 'node:assert/strict';
import { closeSync, copyFileSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type NamedCommand, open, type Sendoff } from '../../src/index.ts';
import type { AttemptView, JobView, RunOptions } from '../../src/sendoff.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { alive, pidsIn } from '../support/processes.ts';
import { until } from '../support/until.ts';

const folder = makeFolder('processes');

/** A shell script as a command. `$1` is what the caller says. */
function script(text: string, more: Partial<NamedCommand> = {}): NamedCommand {
  return { program: '/bin/sh', args: ['-c', text, 'script'], ...more };
}

// Each writes its process id into the file that the caller names.
const stubborn = `trap '' TERM; echo $$ >>"$1"; while :; do sleep 0.1; done`;
const daemons = `
  setsid sh -c 'echo $$ >>"$1"; trap "" TERM; exec sleep 300' x "$1" &
  (setsid sh -c 'echo $$ >>"$1"; exec sleep 300' x "$1" &)
  sh -c 'echo $$ >>"$1"; kill -STOP $$' x "$1" &`;

const commands: Record<string, NamedCommand> = {
  exit: script('exit "$1"'),
  kill: script('kill -"$1" $$'),
  deaf: script('exec sleep 300'),
  shut: script('exec 0<&-; sleep 0.2; echo done'),
  unread: script('exit 0'),
  flood: script(
    'head -c 3000000 /dev/zero; head -c 100000 /dev/zero | tr "\\0" e >&2; echo end >&2',
  ),
  stubborn: script(stubborn),
  daemons: script(`${daemons}\n sleep 300`),
  leaving: script(`${daemons}\n sleep 0.3; echo left`),
  ticking: script('echo one; echo two >&2; read line <"$1"; echo three'),
};

let sendoff: Sendoff;

before(async () => {
  const store = join(folder, 'sendoff.db');
  sendoff = await open(store, { commands, anyCommand: true, responseBodyBytes: 1_000_000 });
});

after(async () => {
  await sendoff.close();
  removeFolder(folder);
});

interface Ended {
  readonly job: JobView;
  readonly attempt: AttemptView | undefined;
}

async function ran(name: string, options: RunOptions = {}): Promise<Ended> {
  const sent = await sendoff.run(name, options);
  const job = await sent.done();
  return { job, attempt: (await sendoff.attempts(sent.id)).at(-1) };
}

let files = 0;
function pidFile(): string {
  return join(folder, `pids-${++files}`);
}

test('how a command ended is told apart (P11)', async () => {
  for (const code of [0, 1, 255]) {
    const { job } = await ran('exit', { args: [String(code)] });
    const state = code === 0 ? 'succeeded' : 'failed';
    assert.deepEqual([job.state, job.response?.exitCode], [state, code]);
    assert.equal(job.response?.status, code === 0 ? 200 : 500);
  }
  const { job, attempt } = await ran('kill', { args: ['KILL'] });
  assert.deepEqual([job.reason, job.response?.signal], ['exhausted', 'SIGKILL']);
  assert.equal(attempt?.error, 'signal');
});

test('what cannot be started fails with a code of its own (P11)', async () => {
  const [text, busy] = [join(folder, 'text'), join(folder, 'busy')];
  writeFileSync(text, 'x');
  copyFileSync('/bin/true', busy);
  const codes: Record<string, string> = {
    '/nowhere/at/all': 'command_not_found',
    [text]: 'command_not_executable',
    [folder]: 'command_not_executable',
    [busy]: 'command_busy',
  };
  const writing = openSync(busy, 'a');
  for (const [program, code] of Object.entries(codes)) {
    const sent = await sendoff.run({ program });
    assert.equal((await sent.done()).state, 'failed');
    assert.equal((await sendoff.attempts(sent.id))[0]?.error, code, program);
  }
  closeSync(writing);
  const sent = await sendoff.run({ program: '/bin/true', folder: '/nowhere' });
  await sent.done();
  assert.equal((await sendoff.attempts(sent.id))[0]?.error, 'folder_missing');
});

test('exits are retried only if asked', async () => {
  const { job } = await ran('exit', { args: ['1'], retry: { limit: 2, delays: [1] } });
  assert.deepEqual([job.attempts, job.reason], [3, 'exhausted']);
  assert.equal((await ran('exit', { args: ['1'] })).job.attempts, 1);
});

test('a command that does not read its input, or closes it, ends all the same (P07)', async () => {
  const input = Buffer.alloc(2_000_000);
  for (const name of ['shut', 'unread']) {
    const { job, attempt } = await ran(name, { input });
    assert.equal(job.state, 'succeeded', name);
    assert.match(attempt?.detail ?? '', /stdin_closed/, name);
  }
  const { job, attempt } = await ran('deaf', { input, timeout: '300ms' });
  assert.deepEqual([job.state, attempt?.error], ['failed', 'timeout']);
});

test('output beyond the limit is read, dropped and flagged (P08)', async () => {
  const { job } = await ran('flood');
  assert.equal(job.state, 'succeeded');
  assert.deepEqual([job.response?.bodyBytes, job.response?.truncated], [1_000_000, true]);
  const { stderr = '' } = job.response ?? {};
  assert.equal(Buffer.byteLength(stderr), 16_384);
  assert.ok(stderr.endsWith('eeend\n'));
});

test('a command that ignores SIGTERM is killed when its time is over (P09)', async () => {
  const file = pidFile();
  const { job, attempt } = await ran('stubborn', { args: [file], timeout: '300ms' });
  assert.deepEqual(
    [job.state, attempt?.error, job.response?.signal],
    [...['failed', 'timeout', 'SIGKILL']],
  );
  assert.equal(pidsIn(file).length, 1);
  assert.deepEqual(alive(pidsIn(file)), []);
});

test('a command that is ended in the moment it begins does not run on (P09)', async () => {
  for (let round = 1; round <= 10; round++) {
    const { id } = await sendoff.run('deaf');
    await sendoff.cancel(id);
    assert.equal((await sendoff.get(id))?.state, 'cancelled');
  }
  const { attempt } = await ran('deaf', { timeout: 1 });
  assert.equal(attempt?.error, 'timeout');
});

test('cancelling ends daemons, orphans and stopped processes too (P09)', async () => {
  const file = pidFile();
  const sent = await sendoff.run('daemons', { args: [file] });
  await until('they run', () => pidsIn(file).length === 3);
  assert.equal(alive(pidsIn(file)).length, 3);
  assert.equal((await sent.cancel()).cancelled, 'aborted');
  assert.deepEqual(alive(pidsIn(file)), []);
});

test('what a command leaves in the background is ended with it (P09)', async () => {
  const file = pidFile();
  const { job } = await ran('leaving', { args: [file] });
  assert.equal(job.state, 'succeeded');
  assert.equal(pidsIn(file).length, 3);
  assert.deepEqual(alive(pidsIn(file)), []);
});

test('output is there before the command ends, and late comers see the last of it', async () => {
  const fifo = join(folder, 'fifo');
  const made = await sendoff.run({ program: '/usr/bin/mkfifo' }, { args: [fifo] });
  await made.done();
  const sent = await sendoff.run('ticking', { args: [fifo] });
  const seen: string[] = [];
  for await (const { stream, bytes } of sendoff.output(sent.id)) {
    seen.push(`${stream}: ${Buffer.from(bytes)}`);
    if (seen.length < 2) continue;
    if (seen.length > 2) break;
    assert.equal((await sendoff.get(sent.id))?.state, 'running');
    const [late] = await Array.fromAsync(first(sendoff.output(sent.id)));
    assert.match(String(Buffer.from(late?.bytes ?? [])), /one|two/);
    await sendoff.run({ program: '/bin/sh' }, { args: ['-c', 'echo go >"$1"', 'x', fifo] });
  }
  assert.deepEqual(seen.toSorted(), ['stderr: two\n', 'stdout: one\n', 'stdout: three\n']);
  await sent.done();
  const kept = await Array.fromAsync(sendoff.output(sent.id));
  const text = kept.map(({ stream, bytes }) => `${stream}: ${Buffer.from(bytes)}`);
  assert.deepEqual(text, ['stdout: one\nthree\n', 'stderr: two\n']);
});

async function* first<Value>(values: AsyncIterable<Value>): AsyncGenerator<Value> {
  for await (const value of values) {
    yield value;
    return;
  }
}

test('only commands have an output', async () => {
  const sent = await sendoff.send('http://127.0.0.1/', { delay: '1h' });
  await assert.rejects(Array.fromAsync(sendoff.output(sent.id)), { code: 'bad_request' });
  await sent.cancel();
});
