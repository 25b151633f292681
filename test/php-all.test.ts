// Several requests at once from PHP.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { whyNoPhp } from './support/php.ts';
import { caught, patient, resultOf, type Settings } from './support/sendoff-php.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';

const skip = whyNoPhp() ?? false;
const folder = makeFolder('php-all');
const store = join(folder, 'all.db');
const settings: Settings = { ...patient, SENDOFF_STORE: store };
let server: ServerProcess;
let target: TargetServer;

before(async () => {
  if (skip) return;
  target = await startTarget(async (response, { url, method, body }) => {
    const ms = Number(/\d+$/.exec(url)?.[0] ?? 0);
    await pause(ms);
    if (url.startsWith('/no')) response.writeHead(404);
    if (url.startsWith('/bytes')) response.end(Buffer.from([0xff, 0, 1]));
    else if (url.startsWith('/large')) response.end('x'.repeat(3_000_000));
    else response.end(`${method} ${body}`);
  });
  server = await startServer({ store, port: await freePort() });
});

after(async () => {
  if (skip) return;
  await server.end();
  await endServers();
  await target[Symbol.asyncDispose]();
  removeFolder(folder);
});

describe('Sendoff::all()', { skip }, () => {
  test('keys are kept, each with the answer of its target', async () => {
    const script = `$all = Sendoff::all([
        'jd' => $argv[1] . '/a100',
        'wx' => ['url' => 'PUT ' . $argv[1] . '/b50', 'body' => ['é' => 1]],
        7 => $argv[1] . '/no', 'raw' => $argv[1] . '/bytes', 'big' => $argv[1] . '/large',
      ], 20);
      foreach ($all as $key => $r) {
        $body = strlen($r->body) > 99 ? strlen($r->body) : bin2hex($r->body);
        $result[$key] = [$r->ok, $r->state, $r->status, $body];
      }`;
    const hex = (text: string) => Buffer.from(text).toString('hex');
    assert.deepEqual(await resultOf(script, [target.url], settings), {
      jd: [true, 'succeeded', 200, hex('GET ')],
      wx: [true, 'succeeded', 200, hex('PUT {"é":1}')],
      7: [false, 'failed', 404, hex('GET ')],
      raw: [true, 'succeeded', 200, 'ff0001'],
      big: [true, 'succeeded', 200, 3_000_000],
    });
  });

  test('what is late goes on in the background, and the rest is there in time', async () => {
    const script = `$at = hrtime(true);
      $all = Sendoff::all(['quick' => $argv[1] . '/q', 'slow' => $argv[1] . '/s2000'], 0.4);
      $ms = (hrtime(true) - $at) / 1e6;
      $late = Sendoff::wait($all['slow']->id, 20);
      $result = [$all['quick']->ok, $all['slow']->ok, $all['slow']->state, $ms, $late->ok];`;
    const [quick, slow, state, ms, late] = await resultOf<unknown[]>(
      script,
      [target.url],
      settings,
    );
    assert.deepEqual([quick, slow, late], [true, false, true]);
    assert.match(String(state), /^(pending|running)$/);
    assert.ok(Number(ms) < 1_500, `${ms} ms`);
  });

  test('one wrong request refuses all of them', async () => {
    const call = "Sendoff::all(['a' => $argv[1], 'b' => 'ftp://a/'], 1)";
    const [code] = await resultOf<string[]>(caught(call), [target.url], settings);
    assert.equal(code, 'scheme_not_allowed');
    assert.deepEqual(await resultOf('$result = Sendoff::all([]);', [], settings), []);
  });
});
