// Commands from PHP: what popen was used for.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { whyNoPhp } from './support/php.ts';
import { caught, patient, resultOf, type Settings } from './support/sendoff-php.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget } from './support/target-server.ts';

const skip = whyNoPhp() ?? false;
const folder = makeFolder('php-run');
const store = join(folder, 'run.db');
const config = join(folder, 'config.json');
const settings: Settings = { ...patient, SENDOFF_STORE: store };
let port: number;
let server: ServerProcess;

const script = `let text = ''; process.stdin.on('data', (c) => (text += c)).on('end', () => {
  console.log(JSON.stringify([process.argv.slice(1), process.env.COLOUR ?? null, text.length]));
  console.error('a word'); process.exit(process.argv.includes('fail') ? 7 : 0); });`;

function start(): Promise<ServerProcess> {
  return startServer({ store, port, args: ['--config', config] });
}

before(async () => {
  if (skip) return;
  const program = process.execPath;
  const echo = { program, args: ['-e', script, '--'], callerEnv: ['COLOUR'], maxInput: '64MiB' };
  writeFileSync(config, JSON.stringify({ commands: { echo } }));
  port = await freePort();
  server = await start();
});

after(async () => {
  if (skip) return;
  await endServers();
  removeFolder(folder);
});

const show = `$r = Sendoff::wait($id, 20);
  $result = [$r->ok, $r->exitCode, $r->json(), trim($r->stderr)];`;

describe('Sendoff::run()', { skip }, () => {
  test('arguments are a list that no shell sees; input, environment and exit code', async () => {
    const args = "['a b', '$(id)', 'é']";
    const run = `$id = Sendoff::run('echo', ${args}, 'input', ['env' => ['COLOUR' => 'red']]);`;
    const [ok, code, said, stderr] = await resultOf<unknown[]>(run + show, [], settings);
    assert.deepEqual([ok, code, stderr], [true, 0, 'a word']);
    assert.deepEqual(said, [['a b', '$(id)', 'é'], 'red', 5]);
    const fail = `$id = Sendoff::run('echo', ['fail']); ${show}`;
    const failed = await resultOf<unknown[]>(fail, [], settings);
    assert.deepEqual(failed.slice(0, 2), [false, 7]);
  });

  test('an open file is sent on piece by piece, as input or as a body', async () => {
    const open = "$file = fopen('php://temp', 'w+'); ".concat(
      "for ($i = 0; $i < 20; $i++) fwrite($file, str_repeat('x', 1000000)); rewind($file);",
    );
    const run = `${open} $id = Sendoff::run('echo', ['a&b=c'], $file,
      ['tags' => ['t', 'u'], 'env' => ['COLOUR' => 'grün']]);`;
    const [, , said] = await resultOf<unknown[]>(run + show, [], settings);
    assert.deepEqual(said, [['a&b=c'], 'grün', 20_000_000]);
    await using target = await startTarget((response) => void response.end('ok'));
    const send = `${open} $id = sendoff($argv[1] . '/file', $file, ['headers' => ['X-A' => 'b'],
        'queue' => ['name' => 'files', 'onFailure' => 'skip'],
        'limit' => ['key' => 'l', 'burst' => 2]]);
      $result = Sendoff::wait($id, 20)->ok;`;
    assert.equal(await resultOf(send, [target.url], settings), true);
    const [arrival] = target.arrivals;
    assert.deepEqual([arrival?.method, arrival?.headers['x-a']], ['POST', 'b']);
    assert.equal(arrival?.body.length, 20_000_000);
    const wrong = "sendoff($argv[1], fopen($argv[2], 'r'), ['queue' => ['concurrency' => 0]])";
    const [code] = await resultOf<string[]>(caught(wrong), [target.url, config], settings);
    assert.equal(code, 'number_out_of_range');
  });

  test('a command that nobody named is refused', async () => {
    for (const call of [
      "Sendoff::run('other')",
      "Sendoff::run('other', [], fopen($argv[1], 'r'))",
    ]) {
      const [code] = await resultOf<string[]>(caught(call), [config], settings);
      assert.equal(code, 'unknown_command', call);
    }
  });

  test('a command waits in the spool too', async () => {
    await server.end('SIGTERM');
    const run = "$result = Sendoff::run('echo', ['later'], \"\\xff\\x00\");";
    const id = await resultOf<string>(run, [], settings);
    server = await start();
    const wait = `$id = '${id}'; ${show}`;
    const [ok, , said] = await resultOf<unknown[]>(wait, [], settings);
    assert.deepEqual([ok, said], [true, [['later'], null, 2]]);
  });
});
