// What one job of 100 MiB in and 100 MiB out costs the others: small ones handed over at a steady
// pace, first alone, then beside as many bytes that do not pass through sendoff, then beside the
// job. The middle row says how much of the last is only sender and target using the same cores.
// Those two run in this process, apart from the load that is timed.

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { passThroughRequest } from './requests.ts';
import { REPEATS, type Run, withServer } from './run.ts';
import { quantile, type Runs, summary } from './statistics.ts';
import { milliseconds, printRow } from './table.ts';

const MIB = 1_048_576;
const SIZE = 100 * MIB;
const PIECE = Buffer.alloc(MIB, 'large');
const BATCH = { count: 50, gapMs: 10 };
const ALONE_MS = 3_000;

export async function large(run: Run): Promise<void> {
  const target = createServer(swallowAndAnswer);
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const targetUrl = `http://127.0.0.1:${(target.address() as AddressInfo).port}/large`;
  await withServer(run, async ({ port }) => {
    const through = `http://127.0.0.1:${port}/v1/to?url=${encodeURIComponent(targetUrl)}`;
    await batch(run, port);
    const times: Times = { alone: [], past: [], through: [] };
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      times.alone.push(await acceptTimes(run, port, sleep(ALONE_MS)));
      times.past.push(await acceptTimes(run, port, roundTrips(targetUrl)));
      times.through.push(await acceptTimes(run, port, roundTrip(through)));
    }
    printShare(times, 0.5);
    printShare(times, 0.99);
  });
  target.close();
}

interface Times {
  readonly alone: number[][];
  readonly past: number[][];
  readonly through: number[][];
}

/** Times of small hand-overs until `over`. */
async function acceptTimes(run: Run, port: number, over: Promise<void>): Promise<number[]> {
  let isOver = false;
  const ended = over.finally(() => {
    isOver = true;
  });
  const times: number[] = [];
  do times.push(...(await batch(run, port)));
  while (!isOver);
  await ended;
  return times;
}

/** From the first byte of each small hand-over to its 202, milliseconds. */
async function batch(run: Run, port: number): Promise<number[]> {
  const flood = { request: passThroughRequest(run.targetPort), status: 202, connections: 1 };
  const { sentAt, answeredAt } = await run.load.call('singles', { ...flood, port, ...BATCH });
  return answeredAt.map((at, index) => at - (sentAt[index] ?? Number.NaN));
}

/** As long as the job takes, or about. */
async function roundTrips(url: string): Promise<void> {
  const endAt = performance.now() + ALONE_MS;
  while (performance.now() < endAt) await roundTrip(url);
}

async function roundTrip(url: string): Promise<void> {
  const headers = { 'content-length': SIZE, prefer: 'wait=120' };
  const sent = request(url, { method: 'POST', headers });
  const answered = once(sent, 'response');
  await pipeline(Readable.from(pieces()), sent);
  const [response] = (await answered) as [IncomingMessage];
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  if (bytes !== SIZE) throw new Error(`Expected ${SIZE} bytes back, got ${bytes}`);
}

function* pieces(): Iterable<Buffer> {
  for (let at = 0; at < SIZE; at += MIB) yield PIECE;
}

function swallowAndAnswer(received: IncomingMessage, response: ServerResponse): void {
  received.resume().on('end', () => void pipeline(Readable.from(pieces()), response));
}

function printShare(times: Times, share: number): void {
  const of = (runs: number[][]): Runs => summary(runs.map((run) => quantile(run, share)));
  const alone = of(times.alone);
  const row = (what: string, { median, least, most }: Runs): void =>
    printRow({
      what: `accept p${share * 100}: small jobs ${what}`,
      figure: milliseconds(median),
      spread: `${least.toFixed(1)} … ${most.toFixed(1)}`,
      ratio: (median / alone.median).toFixed(2),
    });
  row('alone', alone);
  row('beside 100 MiB past sendoff', of(times.past));
  row('beside 100 MiB through it', of(times.through));
}
