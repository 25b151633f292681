// The package as strangers get it: packed, checked, and installed from its tarball in a folder
// where nothing else is. The Node that runs this test stands first on the path.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'sendoff-package-'));
const home = join(folder, 'home');
const env = environment();
let tarball: string;

before(async () => {
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root, env });
  tarball = join(folder, `sendoff-${manifest.version}.tgz`);
});

after(() => rmSync(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  test('passes publint', async () => {
    const bytes = new Uint8Array(readFileSync(tarball));
    const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
    const problems = messages.filter(({ type }) => type !== 'suggestion');
    assert.deepEqual(
      problems.map((message) => formatMessage(message, pkg ?? {})),
      [],
    );
  });

  test('has types that fit what it loads', async () => {
    const attw = join(root, 'node_modules/.bin/attw');
    await run(attw, [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'], { env });
  });

  test('holds what runs and its papers, and no tests', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const files = stdout.trim().split('\n');
    const papers = /^package\/(package\.json|README\.md|LICENSE)$/;
    const runs = /^package\/(bin|clients|dist)\//;
    const odd = files.filter((file) => !papers.test(file) && !runs.test(file));
    assert.deepEqual([...odd, ...files.filter((file) => /\.test\.|\/contract\//.test(file))], []);
    assert.ok(files.includes('package/LICENSE'));
  });

  test('runs no script of ours where it is installed', () => {
    const scripts = ['preinstall', 'install', 'postinstall', 'prepare'];
    assert.deepEqual(
      scripts.filter((name) => name in manifest.scripts),
      [],
    );
  });
});

describe('installed in an empty folder', () => {
  before(async () => {
    mkdirSync(home);
    await run('npm', ['install', '--ignore-scripts', '--prefix', home, tarball], {
      cwd: home,
      env,
    });
    assert.ok(readdirSync(join(home, 'node_modules')).includes('sendoff'));
  });

  test('`npx sendoff --version` prints the version', async () => {
    const { stdout } = await run('npx', ['sendoff', '--version'], { cwd: home, env });
    assert.equal(stdout.trim(), manifest.version);
  });

  test("`import { open } from 'sendoff'` opens a store and closes it", async () => {
    const lines = [
      "import { open } from 'sendoff';",
      "const sendoff = await open('library.db');",
      'const page = await sendoff.list();',
      'await sendoff.close();',
      'console.log(JSON.stringify(page.jobs));',
    ];
    writeFileSync(join(home, 'library.mjs'), lines.join('\n'));
    const { stdout } = await run('node', ['library.mjs'], { cwd: home, env });
    assert.equal(stdout.trim(), '[]');
  });

  test("`import 'sendoff/browser'` leads to the bundle and its worker", async () => {
    const names = ['sendoff/browser', 'sendoff/browser/worker.js'];
    const lines = names.map((name) => `console.log(import.meta.resolve('${name}'));`);
    writeFileSync(join(home, 'browser.mjs'), lines.join('\n'));
    const { stdout } = await run('node', ['browser.mjs'], { cwd: home, env });
    const texts = stdout
      .trim()
      .split('\n')
      .map((url) => readFileSync(new URL(url), 'utf8'));
    for (const text of texts) assert.doesNotMatch(text, /from\s*["']/);
  });

  test('`npx sendoff serve` listens, answers and stops', { timeout: 60_000 }, async () => {
    await withCommand(['serve', '--listen', '127.0.0.1:0'], async (address) => {
      assert.equal((await fetch(`${address}/healthz`)).status, 200);
    });
  });

  test('`npx sendoff dev` serves a page and its client', { timeout: 60_000 }, async () => {
    const ports = ['--listen', '--page', '--inbox'].flatMap((name) => [name, '127.0.0.1:0']);
    await withCommand(['dev', ...ports], async (address) => {
      for (const path of ['/', '/demo.js', '/sendoff.js', '/worker.js', '/settings.json']) {
        assert.equal((await fetch(`${address}${path}`)).status, 200, path);
      }
    });
  });
});

/** Runs a command that serves, with the first address that it prints, and ends it. */
async function withCommand(
  args: readonly string[],
  use: (address: string) => Promise<void>,
): Promise<void> {
  const command = spawn('npx', ['sendoff', ...args], {
    cwd: home,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(command, 'exit');
  try {
    await use(await addressIn(command.stdout, command.stderr));
  } finally {
    // npx, its shell and the server are one group, as they would be in a terminal.
    if (command.pid && command.exitCode === null) process.kill(-command.pid, 'SIGTERM');
    await ended;
  }
}

/** The first address printed on either stream; fails with all that was printed when both end. */
async function addressIn(...streams: readonly NodeJS.ReadableStream[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const printed: string[] = [];
  const read = streams.map(async (input) => {
    for await (const line of createInterface({ input })) {
      printed.push(line);
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (address) resolve(address);
    }
  });
  void Promise.all(read).then(() => reject(new Error(`No address in: ${printed.join('\n')}`)));
  return promise;
}

// npm tells the scripts it runs which package they belong to; the npm started here has its own.
function environment(): NodeJS.ProcessEnv {
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  return { ...process.env, PATH, npm_config_local_prefix: undefined };
}
