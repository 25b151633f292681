// Many requests at once: quick ones, where the cost is the caller's own, beside PHP's curl_multi in
// front of the same target; and three slow services, where the total should be that of the slowest.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CallerVerbs } from './child/caller.ts';
import type { DelayedTargetVerbs } from './child/delayed-target.ts';
import { type Remote, startChild } from './remote.ts';
import { CONNECTIONS } from './requests.ts';
import { newStore, REPEATS, type Run, withServer } from './run.ts';
import { summary } from './statistics.ts';
import { milliseconds, printRow } from './table.ts';

const REQUESTS = 1_000;
/** So that the path is compiled; PHP gets the same. */
const WARM_UP_ROUNDS = 15;
const WARM_ROUNDS = 15;
const KEPT_ROUNDS = 5;
/** Jingdong, WeChat, Alipay. */
const PAYMENT_MS = [1_000, 1_200, 800];

const SCRIPT = fileURLToPath(new URL('./php/curl-multi.php', import.meta.url));

interface Times {
  readonly cold: number[];
  readonly warm: number[];
}

export async function fanout(run: Run): Promise<void> {
  const services = startChild<DelayedTargetVerbs>('delayed-target');
  try {
    const base = `http://127.0.0.1:${await services.call('listen')}`;
    await quick(run, base);
    await payment(run, base);
  } finally {
    await services.end();
  }
}

async function quick(run: Run, base: string): Promise<void> {
  const urls = Array.from({ length: REQUESTS }, () => `${base}/0`);
  const ours: Times = { cold: [], warm: [] };
  const php: Times = { cold: [], warm: [] };
  const kept: number[] = [];
  const keptFar: number[] = [];
  // In turns, so that what else the machine does in a while meets all of them.
  for (let round = 0; round < REPEATS; round++) {
    const rounds = 1 + WARM_UP_ROUNDS + WARM_ROUNDS;
    const old = curlMulti({ rounds, count: REQUESTS, urls: [`${base}/0`] });
    php.cold.push(...old.slice(0, 1));
    php.warm.push(...old.slice(1 + WARM_UP_ROUNDS));
    await withCaller(async (caller) => {
      const direct = () => caller.call('direct', { urls, connections: CONNECTIONS });
      ours.cold.push(await direct());
      for (let n = 0; n < WARM_UP_ROUNDS; n++) await direct();
      for (let n = 0; n < WARM_ROUNDS; n++) ours.warm.push(await direct());
    });
    kept.push(...(await keptInProcess(run, urls, KEPT_ROUNDS)));
    keptFar.push(...(await keptByServer(run, urls, KEPT_ROUNDS)));
  }
  const what = `fan-out: ${REQUESTS} quick requests, ${CONNECTIONS} connections`;
  printTimes(`${what}: curl_multi, cold`, php.cold);
  printTimes(`${what}: curl_multi, warm`, php.warm);
  printTimes('fan-out: all, not durable, cold (first use)', ours.cold, php.cold);
  printTimes('fan-out: all, not durable, warm', ours.warm, php.warm);
  printTimes('fan-out: all, durable, store in this process', kept, php.warm);
  printTimes('fan-out: all, durable, server over HTTP', keptFar, php.warm);
}

async function payment(run: Run, base: string): Promise<void> {
  const urls = PAYMENT_MS.map((ms) => `${base}/${ms}`);
  const slowest = Math.max(...PAYMENT_MS);
  const direct: number[] = [];
  await withCaller(async (caller) => {
    for (let n = 0; n < REPEATS; n++) {
      direct.push(await caller.call('direct', { urls, connections: urls.length }));
    }
  });
  const kept = await keptInProcess(run, urls, REPEATS);
  const far = await keptByServer(run, urls, REPEATS);
  const old = curlMulti({ rounds: REPEATS, count: urls.length, urls });
  const what = 'fan-out: services of 1 s, 1.2 s and 0.8 s';
  printTimes(`${what}: curl_multi`, old, [slowest]);
  printTimes(`${what}: all, not durable`, direct, [slowest]);
  printTimes(`${what}: all, durable`, kept, [slowest]);
  printTimes(`${what}: all, server`, far, [slowest]);
}

async function withCaller(work: (caller: Remote<CallerVerbs>) => Promise<void>): Promise<void> {
  const caller = startChild<CallerVerbs>('caller');
  try {
    await work(caller);
  } finally {
    await caller.end();
  }
}

async function keptInProcess(run: Run, urls: readonly string[], rounds: number): Promise<number[]> {
  const store = newStore(run);
  const times = await keptAt(store, urls, rounds);
  rmSync(dirname(store), { recursive: true, force: true });
  return times;
}

function keptByServer(run: Run, urls: readonly string[], rounds: number): Promise<number[]> {
  return withServer(run, ({ port }) => keptAt(`http://127.0.0.1:${port}`, urls, rounds));
}

/** The first round warms it up. */
async function keptAt(where: string, urls: readonly string[], rounds: number): Promise<number[]> {
  const times: number[] = [];
  await withCaller(async (caller) => {
    await caller.call('open', where);
    await caller.call('kept', urls);
    for (let n = 0; n < rounds; n++) times.push(await caller.call('kept', urls));
    await caller.call('close');
  });
  return times;
}

/** Milliseconds of each round; none where there is no PHP with curl. */
function curlMulti(given: {
  readonly rounds: number;
  readonly count: number;
  readonly urls: readonly string[];
}): number[] {
  const { rounds, count, urls } = given;
  const numbers = [rounds, CONNECTIONS, count].map(String);
  const ran = spawnSync('php', [SCRIPT, ...numbers, ...urls], { encoding: 'utf8' });
  if (ran.error || ran.status === 255) return [];
  if (ran.status !== 0) throw new Error(`curl-multi.php: ${ran.stderr}`);
  return ran.stdout.trim().split('\n').map(Number);
}

function printTimes(what: string, times: readonly number[], beside: readonly number[] = []): void {
  if (times.length === 0) {
    printRow({ what, figure: 'no PHP with curl' });
    return;
  }
  const { median, least, most } = summary(times);
  printRow({
    what,
    figure: milliseconds(median),
    spread: `${milliseconds(least)} … ${milliseconds(most)}`,
    ...(beside.length > 0 && { ratio: (median / summary(beside).median).toFixed(3) }),
  });
}
