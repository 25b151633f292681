// `sendoff run` and `sendoff tail` as people use them: input in, output out while it comes, and the
// command's own exit code.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, startServer } from './support/server-process.ts';

const launcher = fileURLToPath(new URL('../bin/sendoff.js', import.meta.url));
const folder = makeFolder('run-command');

before(async () => {
  const commands = {
    cat: 'cat',
    say: `sh -c 'echo "$1"; echo err >&2; exit "$2"' say`,
    live: `sh -c 'echo begun; read word; echo "got $word"'`,
    colours: `printf '\\033[2Jx\\n'`,
  };
  const flags = Object.entries(commands).flatMap(([name, line]) => [
    '--command',
    `${name}=${line}`,
  ]);
  const args = [...flags, '--any-command'];
  await startServer({ store: join(folder, 'sendoff.db'), port: await freePort(), args });
});

after(async () => {
  await endServers();
  removeFolder(folder);
});

function start(args: readonly string[]) {
  return spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '' },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
}

async function cli(args: readonly string[], input: string | Uint8Array = '') {
  const child = start(args);
  const out: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (piece: Buffer) => out.push(piece));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  const bytes = Buffer.concat(out);
  return { code, bytes, printed: bytes.toString(), said };
}

test('run shows both streams and ends as the command ended', async () => {
  const { code, printed, said } = await cli(['run', 'say', '--', 'hello', '7']);
  assert.deepEqual([code, printed, said], [7, 'hello\n', 'err\n']);
  const killed = await cli(['run', '--', 'sh', '-c', 'kill -TERM $$']);
  assert.equal(killed.code, 128 + 15);
  const missing = await cli(['run', '--', './nowhere']);
  assert.equal(missing.code, 127);
  assert.match(missing.said, /command_not_found/);
  const unknown = await cli(['run', 'nobody']);
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.said, /unknown_command/);
});

test('input of any size goes through, from a pipe and from a file', async () => {
  const bytes = randomBytes(3_000_000);
  const digest = (of: Uint8Array): string => createHash('sha256').update(of).digest('hex');
  const piped = await cli(['run', 'cat'], bytes);
  assert.deepEqual([piped.code, digest(piped.bytes)], [0, digest(bytes)]);
  const path = join(folder, 'input');
  writeFileSync(path, bytes);
  const read = await cli(['run', 'cat', '--input', path]);
  assert.equal(digest(read.bytes), digest(bytes));
  assert.equal((await cli(['run', 'cat', '--no-input'], 'not this')).printed, '');
});

test('a program without a name runs where the shell stands', async () => {
  const { printed } = await cli(['run', '--', 'pwd', '-P']);
  assert.ok(printed.trim().endsWith(folder.slice(folder.lastIndexOf('/'))), printed);
});

test('what runs detached is shown by tail, while it runs and when it has ended', async () => {
  const { printed: id } = await cli(['run', '--detach', 'live', '--delay', '1s', '--no-input']);
  assert.match(id, /^[0-9a-f-]{36}\n$/);
  for (let n = 0; n < 2; n++) {
    const shown = await cli(['tail', id.trim()]);
    assert.deepEqual([shown.code, shown.printed], [0, 'begun\ngot \n']);
  }
  const { printed: colours } = await cli(['run', '--detach', 'colours', '--no-input']);
  const shown = await cli(['tail', colours.trim()]);
  assert.ok(!shown.printed.includes('\u001b') && shown.printed.includes('x\n'), shown.printed);
});

test('Ctrl-C stops the watching, not the job', async () => {
  const child = start(['run', '--no-input', '--', 'sh', '-c', 'echo up; sleep 2; echo done']);
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(text.toString(), 'up\n');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 130);
  const id = /sendoff tail (\S+)/.exec(said)?.[1] ?? '';
  assert.equal((await cli(['tail', id])).printed, 'up\ndone\n');
});
