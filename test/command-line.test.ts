// The command line as people use it: real processes against a real server and a real target.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const launcher = fileURLToPath(new URL('../bin/sendoff.js', import.meta.url));

let folder: string;
let server: ServerProcess;
let target: TargetServer;
let store: string;

before(async () => {
  folder = makeFolder('command-line');
  store = join(folder, 'sendoff.db');
  server = await startServer({ store, port: await freePort() });
  target = await startTarget((response, { url, body }) => {
    const status = Number(/status=(\d+)/.exec(url)?.[1] ?? 200);
    if (url.startsWith('/hang')) return;
    response.writeHead(status).end(url.startsWith('/escape') ? 'a\u001b[2Jb\n' : body);
  });
});

after(async () => {
  await server.end();
  await target[Symbol.asyncDispose]();
  removeFolder(folder);
});

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', SENDOFF_URL: server.url, ...env },
    // None outlives its test, whatever goes wrong.
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
}

async function run(
  args: readonly string[],
  { input = '', env }: { readonly input?: string; readonly env?: Record<string, string> } = {},
): Promise<Ran> {
  const child = start(args, env);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

const url = (path: string): string => `${target.url}${path}`;
const last = () => target.arrivals.at(-1)!;

describe('send', () => {
  test('prints the id of a job that is kept, and get and ls find it', async () => {
    const { code, stdout, stderr } = await run(['send', url('/kept'), '-d', 'hello']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^[0-9a-f-]{36}\n$/);
    const id = stdout.trim();
    await until('the job has succeeded', async () => {
      const got = await run(['get', id, '-o', 'json']);
      return JSON.parse(got.stdout).state === 'succeeded';
    });
    assert.equal((await run(['get', id, '--response'])).stdout, 'hello');
    assert.match((await run(['get', id, '--attempts'])).stdout, /^1\t.*\tsuccess\t200/);
    assert.equal((await run(['ls', '--url', '/kept', '-o', 'id'])).stdout, stdout);
    assert.match((await run(['ls', '--url', '/kept'])).stdout, /^[0-9a-f-]{36}\tsucceeded\tPOST\t/);
  });

  test('--wait prints the answer and says by its exit code what it was', async () => {
    const good = await run([
      'send',
      '--wait',
      'PUT',
      url('/a?x=1'),
      '-d',
      'hello',
      '-H',
      'X-A: b:c',
    ]);
    assert.deepEqual({ code: good.code, stdout: good.stdout }, { code: 0, stdout: 'hello' });
    const { method, url: path, headers } = last();
    assert.deepEqual([method, path, headers['x-a']], ['PUT', '/a?x=1', 'b:c']);
    const bad = await run(['send', url('/?status=404'), '--json', '{"n":1}', '--wait']);
    assert.deepEqual({ code: bad.code, stdout: bad.stdout }, { code: 8, stdout: '{"n":1}' });
    assert.equal(last().headers['content-type'], 'application/json');
    const late = await run(['send', url('/hang'), '--wait=300ms']);
    assert.equal(late.code, 6);
    assert.match(late.stderr, /the job goes on/);
  });

  test('a body comes from standard input or a file, byte for byte', async () => {
    const bytes = Buffer.from([0, 13, 10, 255, 27, 10]);
    const file = join(folder, 'body.bin');
    writeFileSync(file, bytes);
    await run(['send', url('/file'), '-d', `@${file}`, '--wait']);
    assert.deepEqual(last().body, bytes);
    await run(['send', url('/stdin'), '-d', '-', '--wait'], { input: 'a\r\nb\n' });
    assert.equal(last().body.toString(), 'a\r\nb\n');
    const big = 'x'.repeat(200_000);
    await run(['send', url('/big'), '-d', '-', '--wait'], { input: big });
    assert.equal(last().body.length, big.length);
    await run(['send', url('/form'), '--form', 'a=b', '--form', `f=@${file}`, '--wait']);
    assert.match(String(last().headers['content-type']), /^multipart\/form-data/);
  });

  test('other content under the same key is a conflict, a wrong argument is usage', async () => {
    const args = ['send', url('/key'), '--key', 'k-1', '-d'];
    assert.equal((await run([...args, 'one'])).code, 0);
    assert.equal((await run([...args, 'two'])).code, 5);
    assert.equal((await run(['send', 'nonsense'])).code, 2);
    assert.equal((await run(['send'])).code, 2);
    assert.equal((await run(['send', url('/'), '-d', 'a', '--json', '1'])).code, 2);
    assert.equal((await run(['send', url('/'), '--bogus'])).code, 2);
  });

  test('--jobs hands over every line and tells of each', async () => {
    const good = JSON.stringify({ url: url('/bulk'), body: 'x' });
    const input = `${good}\n{"url":"nonsense"}\n\n${good}\n`;
    const { code, stdout, stderr } = await run(['send', '--jobs', '-', '-o', 'jsonl'], { input });
    assert.equal(code, 1);
    assert.match(stderr, /2 handed over, 1 refused/);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ line, code }) => [line, code]),
      [
        [1, undefined],
        [2, 'invalid_url'],
        [3, undefined],
      ],
    );
  });
});

describe('other commands', () => {
  test('cancel and retry act on each id and give the worst exit code', async () => {
    const sent = await run(['send', url('/later'), '--delay', '1h']);
    const id = sent.stdout.trim();
    const unknown = '01a20307-3285-7e77-956c-8fbf84d3eac9';
    const cancelled = await run(['cancel', id, unknown]);
    assert.equal(cancelled.code, 3);
    assert.match(cancelled.stdout, new RegExp(`^${id}  cancelled`));
    assert.match(cancelled.stderr, new RegExp(unknown));
    assert.equal((await run(['cancel', id])).code, 5);
    assert.equal((await run(['retry', id, '-o', 'id'])).stdout, `${id}\n`);
    await until('the job arrives', () => target.arrivals.some((one) => one.url === '/later'));
  });

  test('tail of a job that nobody knows says so', async () => {
    const { code, stderr } = await run(['tail', '018f0000-0000-7000-8000-000000000000']);
    assert.equal(code, 3);
    assert.match(stderr, /No job has the id/);
  });

  test('tail prints what happens and ends well on Ctrl-C', async () => {
    const child = start(['tail', '-o', 'jsonl']);
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
    // Its stream is open once it has seen one of the jobs that are sent meanwhile.
    await until('tail prints an event', async () => {
      await run(['send', url('/tail')]);
      return seen.includes('"job.stored"');
    });
    const ended = once(child, 'close');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [130, null]);
    assert.ok(JSON.parse(seen.split('\n')[0]!).jobId);
  });

  test('what a target sent cannot act on a terminal unless it is asked for', async () => {
    const plain = await run(['send', url('/escape'), '--wait']);
    assert.equal(plain.stdout, 'a\\u001b[2Jb\n');
    assert.match(plain.stderr, /--raw/);
    assert.equal((await run(['send', url('/escape'), '--wait', '--raw'])).stdout, 'a\u001b[2Jb\n');
  });

  test('a server that is not there is exit code 7 and named', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await run(['ls'], { env: { SENDOFF_URL: nowhere } });
    assert.equal(code, 7);
    assert.match(stderr, new RegExp(`${nowhere}.*\\n.*sendoff serve`));
  });

  test('without an address the socket beside the store is used', async () => {
    const env = { SENDOFF_URL: '', SENDOFF_STORE: store };
    const { code, stdout } = await run(['ls', '--limit', '1', '-o', 'id'], { env });
    assert.equal(code, 0);
    assert.match(stdout, /^[0-9a-f-]{36}\n$/);
  });

  test('doctor finds a healthy store, and one that is none', async () => {
    const healthy = await run(['doctor', '--store', store, '-o', 'json']);
    assert.equal(healthy.code, 0, healthy.stdout);
    const other = join(folder, 'text.db');
    writeFileSync(other, 'no database');
    chmodSync(other, 0o600);
    const { code, stdout } = await run(['doctor', '--store', other, '-o', 'json']);
    assert.equal(code, 1);
    assert.match(stdout, /not a database/);
    assert.equal(readFileSync(other, 'utf8'), 'no database');
  });

  test('--version and --help go to stdout', async () => {
    assert.match((await run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
    assert.match((await run(['--help'])).stdout, /Exit codes/);
  });
});

describe('inbox', () => {
  test('prints what arrives, fails as often as it was told, then answers well', async () => {
    const child = start(['inbox', '--listen', '127.0.0.1:0', '--fail', '1', '--body', 'done']);
    let said = '';
    let seen = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
    const inbox = await until('it listens', () => /http:\/\/[\d.:]+/.exec(said)?.[0]);
    const answers: [number, string][] = [];
    for (const body of ['one', 'a\u001b[2J']) {
      const response = await fetch(`${inbox}/x`, { method: 'POST', body });
      answers.push([response.status, await response.text()]);
    }
    assert.deepEqual(answers, [
      [503, 'done'],
      [200, 'done'],
    ]);
    await until('both are printed', () => /POST \/x {2}3 B {2}one\n.*a\\u001b\[2J\n/.test(seen));
    const ended = once(child, 'close');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
  });
});

describe('serve', () => {
  test('says where it listens and stops in good order', async () => {
    const port = await freePort();
    const own = await startServer({ store: join(folder, 'own.db'), port });
    assert.match(own.stdout(), new RegExp(`http://127.0.0.1:${port}`));
    assert.match(own.stdout(), /own\.db\.sock/);
    assert.match(own.stdout(), /curl -i/);
    assert.deepEqual(await own.end('SIGTERM'), { code: 0, signal: null });
    assert.match(own.stderr(), /Stopping.*\n.*Stopped/s);
  });

  test('exit codes tell a supervisor whether later may be better', async () => {
    const taken = new URL(server.url).host;
    const cases: [args: string[], code: number][] = [
      [['--listen', taken, '--store', join(folder, 'b.db')], 75],
      [['--listen', '127.0.0.1:0', '--store', store], 75],
      [['--listen', 'junk', '--store', join(folder, 'c.db')], 78],
      [['--listen', '0.0.0.0:0', '--store', join(folder, 'd.db')], 78],
      [['--listen', '127.0.0.1:0', '--store', folder], 78],
      [['--egress-private', 'maybe'], 2],
    ];
    for (const [args, code] of cases) {
      const ran = await run(['serve', ...args]);
      assert.equal(ran.code, code, `${args.join(' ')}\n${ran.stderr}`);
    }
  });

  test('an unknown variable is named, and a token is asked for', async () => {
    const port = await freePort();
    const env = { SENDOFF_TOKEN: 'secret', SENDOFF_PROT: '1', SENDOFF_STORE: join(folder, 'e.db') };
    const child = start(['serve', '--listen', `127.0.0.1:${port}`], env);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until('it listens', () => said.includes('curl -i'));
    assert.match(said, /SENDOFF_PROT/);
    assert.ok(!said.includes('secret'));
    const at = { SENDOFF_URL: `http://127.0.0.1:${port}` };
    assert.equal((await run(['ls'], { env: at })).code, 4);
    assert.equal((await run(['ls'], { env: { ...at, SENDOFF_TOKEN: 'secret' } })).code, 0);
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    await ended;
  });
});
