// The PHP client while the server is away, frozen, or comes back: nothing is lost, nothing doubled,
// and no page is held.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { JobView } from '../src/sendoff.ts';
import { callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { whyNoPhp } from './support/php.ts';
import { caught, patient, resultOf, type Settings } from './support/sendoff-php.ts';
import { endServers, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const skip = whyNoPhp() ?? false;
const folder = makeFolder('php-away');
let target: TargetServer;
let store: string;
let spool: string;
let settings: Settings;
let stores = 0;

before(async () => {
  target = await startTarget((response) => void response.end('thanks'));
});

beforeEach(() => {
  store = join(folder, `${++stores}.db`);
  spool = `${store}.spool`;
  settings = { SENDOFF_STORE: store };
});

after(async () => {
  await endServers();
  await target[Symbol.asyncDispose]();
  removeFolder(folder);
});

function spooled(): string[] {
  return readdirSync(spool).filter((name) => name.endsWith('.json'));
}

function timesArrived(path: string): number {
  return target.arrivals.filter(({ url }) => url === path).length;
}

/** Listens where the server would. */
async function impostor(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection).listen(`${store}.sock`);
  await once(server, 'listening');
  return server;
}

describe('the server is away', { skip }, () => {
  test('the request waits in the spool, and arrives once when the server is back', async () => {
    mkdirSync(spool);
    const call = "sendoff('PUT ' . $argv[1] . '/back', \"\\xff\\x00é\", ['retries' => 2])";
    const id = await resultOf<string>(`$result = ${call};`, [target.url], settings);
    assert.deepEqual(spooled(), [`${id}.json`]);
    assert.equal(statSync(join(spool, `${id}.json`)).mode & 0o777, 0o660);
    const server = await startServer({ store, port: await freePort() });
    await until('it arrives', () => timesArrived('/back') === 1);
    const job = await callJson<JobView>(`${server.url}/v1/jobs/${id}`);
    assert.ok(job.target.kind === 'http');
    assert.deepEqual([job.id, job.target.method, job.target.bodyBytes], [id, 'PUT', 4]);
    await until('the spool is empty', () => spooled().length === 0);
    await server.end();
  });

  test('a delay counts from the hand-over, however long the file waits', async () => {
    mkdirSync(spool);
    const call = "sendoff($argv[1], null, ['delay' => '90m'])";
    const id = await resultOf<string>(`$result = ${call};`, [target.url], settings);
    const { at, delay } = JSON.parse(readFileSync(join(spool, `${id}.json`), 'utf8'));
    assert.equal(delay, undefined);
    assert.ok(Math.abs(Date.parse(at) - Date.now() - 5_400_000) < 30_000, at);
  });

  test('the folder is made only where it is named', async () => {
    const unnamed = await resultOf<string[]>(caught('sendoff($argv[1])'), [target.url], settings);
    assert.equal(unnamed[0], 'unreachable');
    assert.ok(!existsSync(spool));
    const named = { ...settings, SENDOFF_SPOOL: join(folder, 'named') };
    const id = await resultOf<string>('$result = sendoff($argv[1]);', [target.url], named);
    assert.deepEqual(readdirSync(join(folder, 'named')), [`${id}.json`]);
    assert.equal(statSync(join(folder, 'named')).mode & 0o777, 0o770);
  });

  test('a spool alone will do, and a full one says so', async () => {
    const only = { SENDOFF_SPOOL: spool };
    mkdirSync(spool);
    await resultOf('$result = sendoff($argv[1]);', [target.url], only);
    assert.equal(spooled().length, 1);
    for (let n = 0; n < 100_000; n++) writeFileSync(join(spool, `${n}`), '');
    const [code, message] = await resultOf<string[]>(
      caught('sendoff($argv[1])'),
      [target.url],
      only,
    );
    assert.equal(code, 'spool_failed');
    assert.match(message ?? '', /100000 files/);
  });

  test('what is plainly wrong is refused here and not left behind', async () => {
    mkdirSync(spool);
    const calls = ["sendoff('nonsense')", "sendoff($argv[1], null, ['delay' => 'soon'])"];
    for (const call of calls) await resultOf(caught(call), [target.url], settings);
    assert.deepEqual(spooled(), []);
  });

  test('an id that is none is refused here: it would lead out of the folder', async () => {
    mkdirSync(spool);
    const before = readdirSync(folder);
    for (const id of ["'x/../../out'", "'../out'", '"a\\0b"', "''", '5', "strtoupper('a1b2')"]) {
      const call = `sendoff($argv[1], null, ['id' => ${id}])`;
      const [code] = await resultOf<string[]>(caught(call), [target.url], settings);
      assert.equal(code, 'invalid_id', id);
    }
    assert.deepEqual([readdirSync(spool), readdirSync(folder)], [[], before]);
  });

  test('asyncRequest() leaves it in the spool too', async () => {
    mkdirSync(spool);
    const call = "asyncRequest($argv[1], ['a' => 1], 'post')";
    assert.equal(await resultOf(`$result = ${call};`, [target.url], settings), true);
    assert.equal(spooled().length, 1);
  });
});

test('a token may end its line, and never begins another', { skip }, async () => {
  const heads: string[] = [];
  const server = await impostor((socket) => {
    socket.on('error', () => {});
    socket.once('data', (head) => {
      heads.push(String(head));
      socket.end('HTTP/1.1 202 Accepted\r\ncontent-length: 10\r\n\r\n{"id":"x"}');
    });
  });
  const give = (token: string): string =>
    `Sendoff::configure(['token' => ${token}]); ${caught('sendoff($argv[1])')}`;
  await resultOf(give('"a.b\\n"'), [target.url], { ...settings, ...patient });
  assert.match(heads[0] ?? '', /\r\nauthorization: Bearer a\.b\r\ncontent-type/);
  const [code] = await resultOf<string[]>(give('"a\\r\\nx: y"'), [target.url], settings);
  assert.deepEqual([code, heads.length], ['invalid_header_value', 1]);
  server.close();
});

describe('the server does not answer', { skip }, () => {
  test('the page is held for the time-out, then the spool has it, once', async () => {
    mkdirSync(spool);
    const silent = await impostor(() => {});
    const script = `$at = hrtime(true); sendoff($argv[1] . '/held', str_repeat('x', 2000000));
      $first = (hrtime(true) - $at) / 1e6; $at = hrtime(true); sendoff($argv[1] . '/next');
      $result = [$first, (hrtime(true) - $at) / 1e6];`;
    const [first = 0, second = 0] = await resultOf<number[]>(script, [target.url], settings);
    assert.ok(first >= 240 && first < 1_000, `held for ${first} ms`);
    assert.ok(second < 200, `the next one for ${second} ms`);
    assert.equal(spooled().length, 2);
    silent.close();
    const server = await startServer({ store, port: await freePort() });
    await until('both arrive', () => timesArrived('/held') + timesArrived('/next') === 2);
    await server.end();
  });

  test('one that answers drop by drop is away as well', async () => {
    mkdirSync(spool);
    const drops: NodeJS.Timeout[] = [];
    const slow = await impostor((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => drops.push(setInterval(() => socket.write('H'), 20)));
    });
    const script = `$result = []; for ($n = 0; $n < 8; $n++) {
      $away = new ReflectionProperty('Sendoff', 'awayUntil'); $away->setAccessible(true);
      $away->setValue(null, 0.0); sendoff($argv[1]); $result[] = $away->getValue() > 0; }`;
    const seen = await resultOf<boolean[]>(script, [target.url], settings);
    for (const timer of drops) clearInterval(timer);
    slow.close();
    assert.deepEqual(seen, Array(8).fill(true));
  });

  test('a server that froze with the request in hand does not send it twice', async () => {
    const server = await startServer({ store, port: await freePort() });
    server.signal('SIGSTOP');
    const call = "sendoff($argv[1] . '/frozen')";
    const id = await resultOf<string>(`$result = ${call};`, [target.url], settings);
    assert.deepEqual(spooled(), [`${id}.json`]);
    server.signal('SIGCONT');
    await until('the spool is empty', () => spooled().length === 0);
    const job = await callJson<JobView>(`${server.url}/v1/jobs/${id}`, {
      headers: { prefer: 'wait=20' },
    });
    assert.deepEqual([job.state, job.attempts, timesArrived('/frozen')], ['succeeded', 1, 1]);
    await server.end();
  });

  test('half an answer, nonsense, a cut and a 503 all lead to the spool', async () => {
    mkdirSync(spool);
    const answers = [
      'HTTP/1.1 202 Accepted\r\ncontent-length: 500\r\n\r\n{"id":',
      'SSH-2.0-OpenSSH\r\n\r\n\r\n',
      '',
      'HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\n{}',
    ];
    for (const [index, answer] of answers.entries()) {
      const bad = await impostor((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.end(answer));
      });
      await resultOf('$result = sendoff($argv[1]);', [target.url], settings);
      assert.equal(spooled().length, index + 1, answer);
      bad.close();
      await once(bad, 'close');
    }
  });
});
