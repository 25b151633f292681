// Rates as their targets see them: a real server, many paced queues, and the ledger of arrivals
// that the target keeps. `RATE_SECONDS=60 RATE_QUEUES=100` is the long run; it prints its figures.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { call } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, startServer } from './support/server-process.ts';
import { until } from './support/until.ts';

const SECONDS = Number(process.env.RATE_SECONDS ?? 5);
const QUEUES = Number(process.env.RATE_QUEUES ?? 20);
const PER_SECOND = 7;
const BURST = 1;
/** What is handed over for the time of handing over, which is not measured. */
const SUBMITTED_S = 10 + SECONDS / 2;
/**
 * Attempts begin in time; on a busy machine one may reach its target late and the next one not, so
 * that they arrive closer together than they began.
 */
const ARRIVAL_MS = 150;
/** The part of what is possible that a machine with other work to do must reach. */
const LEAST_SHARE = process.env.RATE_SECONDS === undefined ? 0.5 : 0.98;

const folder = makeFolder('rates');

after(async () => {
  await endServers();
  removeFolder(folder);
});

/** Arrival times of each queue. */
type Ledger = Map<string, number[]>;

async function startTarget(ledger: Ledger): Promise<Server> {
  const target = createServer((request, response) => {
    const times = ledger.get(request.url ?? '') ?? [];
    ledger.set(request.url ?? '', times);
    times.push(performance.now());
    request.resume().on('end', () => response.end());
  });
  after(() => {
    target.close();
    target.closeAllConnections();
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  return target;
}

/** Most arrivals in any span of this length. */
function mostWithin(times: readonly number[], spanMs: number): number {
  let most = 0;
  let from = 0;
  for (const [index, at] of times.entries()) {
    while (at - (times[from] as number) >= spanMs) from++;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

/** Of what was possible in the time that is measured. */
function shareOf(times: readonly number[], fromAt: number): number {
  const endAt = fromAt + SECONDS * 1_000;
  const within = times.filter((at) => at >= fromAt && at < endAt);
  return within.length / (PER_SECOND * SECONDS);
}

test(`${QUEUES} queues at ${PER_SECOND}/s keep their pace for ${SECONDS} s`, async () => {
  const ledger: Ledger = new Map();
  const target = await startTarget(ledger);
  const server = await startServer({ store: join(folder, 'rates.db'), port: await freePort() });
  const { port } = target.address() as AddressInfo;
  const each = PER_SECOND * (SECONDS + SUBMITTED_S);
  const lines = Array.from({ length: each * QUEUES }, (_, n) => {
    const name = `q${n % QUEUES}`;
    const queue = { name, rate: `${PER_SECOND}/s`, burst: BURST };
    return JSON.stringify({ url: `http://127.0.0.1:${port}/${name}`, queue });
  });
  const headers = { 'content-type': 'application/x-ndjson' };
  const answer = await call(`${server.url}/v1/jobs`, { headers, body: lines.join('\n') });
  assert.equal(answer.body.toString().trim().split('\n').length, lines.length);
  const fromAt = performance.now();
  await until('the time is over', () => performance.now() > fromAt + SECONDS * 1_000, {
    withinMs: SECONDS * 2_000,
  });
  await server.end('SIGTERM');
  const queues = [...ledger.values()];
  const most = Math.max(...queues.map((times) => mostWithin(times, 1_000)));
  const mostBegun = Math.max(...queues.map((times) => mostWithin(times, 1_000 - ARRIVAL_MS)));
  const shares = queues.map((times) => shareOf(times, fromAt));
  const mean = shares.reduce((sum, share) => sum + share, 0) / QUEUES;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  console.log(
    `${QUEUES} queues at ${PER_SECOND}/s for ${SECONDS} s: at most ${most} arrivals in 1 s; ` +
      `${percent(mean)} of the possible, the least ${percent(Math.min(...shares))}`,
  );
  assert.equal(queues.length, QUEUES);
  assert.ok(mostBegun <= PER_SECOND + BURST, `${mostBegun} arrived in ${1_000 - ARRIVAL_MS} ms`);
  assert.ok(mean >= LEAST_SHARE, `${percent(mean)} of the possible arrived`);
});
