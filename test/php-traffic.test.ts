// PHP hands over all the time while the server is stopped and started again. Books are kept on both
// sides: what PHP was told is safe, and what the target got.
// PHP_STOPPED_SECONDS=30 stops the server for longer.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { whyNoPhp } from './support/php.ts';
import { runPage } from './support/sendoff-php.ts';
import { endServers, startServer } from './support/server-process.ts';
import { startTarget } from './support/target-server.ts';
import { until } from './support/until.ts';

const STOPPED_SECONDS = Number(process.env.PHP_STOPPED_SECONDS ?? 3);
const PROGRAMS = 4;
const PER_SECOND = 100;
const skip = whyNoPhp() ?? false;

interface Book {
  readonly ids: readonly string[];
  readonly slowestMs: number;
}

/** 25 a second, each on time, however long the one before took. */
const script = `$began = hrtime(true); $ids = []; $slowest = 0;
  for ($n = 0; $n < (int) $argv[2]; $n++) {
    $wait = $n * ${PROGRAMS / PER_SECOND} - (hrtime(true) - $began) / 1e9;
    if ($wait > 0) usleep((int) ($wait * 1e6));
    $at = hrtime(true);
    $ids[] = sendoff($argv[1] . '/traffic', ['n' => $n]);
    $slowest = max($slowest, (hrtime(true) - $at) / 1e6);
  }
  echo json_encode(['ids' => $ids, 'slowestMs' => $slowest]);`;

async function program(url: string, count: number, store: string): Promise<Book> {
  const { stdout } = await runPage(script, [url, String(count)], { SENDOFF_STORE: store });
  return JSON.parse(stdout) as Book;
}

test('a server that is stopped under PHP traffic loses and doubles nothing', {
  skip,
}, async (t) => {
  const folder = makeFolder('php-traffic');
  const store = join(folder, 'traffic.db');
  await using target = await startTarget((response) => void response.end('ok'));
  const port = await freePort();
  const first = await startServer({ store, port });
  const count = Math.ceil(((STOPPED_SECONDS + 3) * PER_SECOND) / PROGRAMS);
  const programs = Array.from({ length: PROGRAMS }, () => program(target.url, count, store));
  await until('traffic flows', () => target.arrivals.length > PER_SECOND / 2);
  await first.end('SIGTERM');
  await pause(STOPPED_SECONDS * 1_000);
  const waiting = readdirSync(`${store}.spool`).length;
  const second = await startServer({ store, port });
  const books = await Promise.all(programs);
  const told = books.flatMap(({ ids }) => ids);
  await until('all arrive', () => target.arrivals.length >= told.length);
  await until('the spool is empty', () => readdirSync(`${store}.spool`).length === 0);
  await second.end('SIGTERM');
  const arrived = target.arrivals.map(({ key }) => key);
  const lost = told.filter((id) => !arrived.includes(id)).length;
  const doubled = arrived.length - new Set(arrived).size;
  const slowest = Math.max(...books.map(({ slowestMs }) => slowestMs)).toFixed(1);
  const figures = `${told.length} handed over, ${waiting} waited in the spool`;
  t.diagnostic(`${figures}, ${lost} lost, ${doubled} doubled, slowest ${slowest} ms`);
  assert.deepEqual([lost, doubled, new Set(told).size], [0, 0, told.length]);
  assert.ok(waiting > 0, 'some waited in the spool');
  await endServers();
  removeFolder(folder);
});
