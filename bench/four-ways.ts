// PHP's own four ways not to wait, and ours, side by side in one run: what each costs the page that
// uses it. The script takes turns, ten calls of each way in a row, so that a noisy moment of the
// machine hits them all.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownProcess } from './owned.ts';
import { newStore, type Run } from './run.ts';
import { startServer } from './server-process.ts';
import { quantile } from './statistics.ts';
import { milliseconds, printRow } from './table.ts';

const ROUNDS = 100;
const SCRIPT = fileURLToPath(new URL('./php/four-ways.php', import.meta.url));

type Way = keyof typeof ways;

/** Its words, and what it is compared with. */
const ways = {
  popen: ['popen("php nothing.php &"), pclose', undefined],
  curl: ['cURL, kept open, POST and answer of an instant target', undefined],
  curlTimeout: ['cURL, timeout 100 ms, a target that is slower', undefined],
  curlMulti: ['curl_multi, 3 instant targets', undefined],
  fsockopen: ['fsockopen, write and close', undefined],
  socket: ['sendoff(), Unix socket, confirmed on disk', 'popen'],
  socketAlone: ['the same, one after 5 ms of rest, delivered at once', 'popen'],
  tcp: ['sendoff(), TCP, confirmed on disk', 'popen'],
  toss: ['Sendoff::toss(), Unix socket', 'fsockopen'],
  spool: ['sendoff(), server away: spool, synced', 'popen'],
  all: ['Sendoff::all(), 3 instant targets, durable', 'curlMulti'],
  fdatasync: ['one bare fdatasync of 4 KiB', undefined],
} as const satisfies Record<string, readonly [what: string, beside: string | undefined]>;

interface Figures {
  readonly times: Readonly<Record<Way, readonly number[]>>;
  readonly tossed: Readonly<Record<string, number>>;
}

export async function fourWays(run: Run): Promise<void> {
  const isThere =
    spawnSync('php', ['-r', 'exit((int) !function_exists("curl_init"));']).status === 0;
  if (!isThere) return printRow({ what: 'four ways: needs php-cli and php-curl', figure: '-' });
  const { times, tossed } = await measured(run);
  const p50 = (way: Way): number => quantile(times[way], 0.5);
  for (const [way, [what, beside]] of Object.entries(ways) as [Way, (typeof ways)[Way]][]) {
    const ratio = beside === undefined ? undefined : (p50(way) / p50(beside)).toFixed(2);
    printRow({
      what: `PHP: ${what}`,
      figure: `p50 ${milliseconds(p50(way) / 1_000)}`,
      spread: `p95 ${milliseconds(quantile(times[way], 0.95) / 1_000)}`,
      ...(ratio !== undefined && { ratio }),
    });
  }
  console.log('PHP: ratios to popen; of toss to fsockopen, of all to curl_multi');
  console.log(`tosses: ${JSON.stringify(tossed)}`);
}

async function measured(run: Run): Promise<Figures> {
  const store = newStore(run);
  const server = await startServer({ store });
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port: silentPort } = silent.address() as { port: number };
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(run.folder, 'php-'));
  const places = [at(run.targetPort), at(silentPort), store, at(server.port), folder];
  const child = spawn('php', [SCRIPT, ...places, String(ROUNDS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ownProcess(child);
  try {
    const pieces: Buffer[] = await Array.fromAsync(child.stdout as AsyncIterable<Buffer>);
    return JSON.parse(Buffer.concat(pieces).toString()) as Figures;
  } finally {
    silent.close();
    await server.stop();
    rmSync(dirname(store), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}
