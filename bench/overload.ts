// Ten times as much as can be stored. The disk is slowed so that a closed loop gets about 1,000/s
// through a bounded commit queue; then 10,000/s come whatever is answered. What counts: how much is
// taken all the same, how soon the others hear no, what it costs in memory, how soon all is as
// before, and that nothing which was taken is lost.

import type { OpenLoadVerbs, OpenResult } from './child/open-load.ts';
import { cpuPerThousand, cpuSeconds, memoryOf } from './process-figures.ts';
import { type Remote, startChild } from './remote.ts';
import { passThroughRequest } from './requests.ts';
import { type Run, withServer } from './run.ts';
import type { ServerProcess } from './server-process.ts';
import { count, milliseconds, printRow } from './table.ts';
import { until } from './until.ts';

const SLOW = { commitMs: 60, commitQueue: 64 };
/** Those of a commit, those of the next, and as many again that are refused and ask again. */
const CLOSED_CONNECTIONS = 192;
const CLOSED_MS = 8_000;
const FLOOD_PER_SECOND = 10_000;
const CALM = { perSecond: 200, ms: 1_000 };
const CALM_BEFORE_MS = 5_000;
const RECOVERY_SECONDS = 10;
/** A second is as before when its slowest are no slower than this many times what they were. */
const AS_BEFORE = 1.5;

interface Bench {
  readonly run: Run;
  readonly server: ServerProcess;
  readonly load: Remote<OpenLoadVerbs>;
  sent: number;
}

export async function overload(run: Run): Promise<void> {
  const load = startChild<OpenLoadVerbs>('open-load');
  try {
    await withServer(run, (server) => flooded({ run, server, load, sent: 0 }), { slow: SLOW });
  } finally {
    await load.end();
  }
}

async function flooded(bench: Bench): Promise<void> {
  const { run, server } = bench;
  await run.target.call('reset');
  const most = await closedLoop(bench);
  await run.target.call('reset');
  const before = await open(bench, { ...CALM, ms: CALM_BEFORE_MS });
  const cpu = cpuSeconds(server.pid);
  const { seconds } = run.options;
  const flood = await open(bench, { perSecond: FLOOD_PER_SECOND, ms: seconds * 1_000 });
  const used = cpuPerThousand(server.pid, cpu, seconds * FLOOD_PER_SECOND);
  const backAfter = await recovery(bench, before);
  printFlood(flood, { seconds, most, used });
  const { peakMebibytes } = memoryOf(server.pid);
  printRow({ what: 'overload: peak memory of the server', figure: `${count(peakMebibytes)} MiB` });
  printRow({ what: 'overload: p99 is as before after', figure: backAfter });
  await checkNothingLost(bench);
}

/** Jobs a second when nobody asks before the answer to what was asked before. */
async function closedLoop({ run, server, load }: Bench): Promise<number> {
  const request = passThroughRequest(run.targetPort);
  const closed = { port: server.port, request, connections: CLOSED_CONNECTIONS, ms: CLOSED_MS };
  const perSecond = await load.call('closed', closed);
  printRow({ what: 'overload: closed loop, slow disk', figure: `${count(perSecond)}/s` });
  await until('everything settled', async () => {
    const { stored, succeeded } = await server.stats();
    return succeeded === stored;
  });
  return perSecond;
}

async function open(
  bench: Bench,
  at: { readonly perSecond: number; readonly ms: number },
): Promise<OpenResult> {
  const request = passThroughRequest(bench.run.targetPort);
  const first = bench.sent;
  bench.sent += Math.floor((at.perSecond * at.ms) / 1_000);
  return bench.load.call('open', { port: bench.server.port, request, first, ...at });
}

/** Second by second, until one is as all were before the flood. */
async function recovery(bench: Bench, before: OpenResult): Promise<string> {
  const bound = (before.p99[202] ?? 0) * AS_BEFORE;
  for (let second = 1; second <= RECOVERY_SECONDS; second++) {
    const { answers, p99 } = await open(bench, CALM);
    const isAll = Object.keys(answers).length === 1 && answers[202] !== undefined;
    if (isAll && (p99[202] ?? 0) <= bound) return `${second} s`;
  }
  return `> ${RECOVERY_SECONDS} s`;
}

interface Beside {
  readonly seconds: number;
  readonly most: number;
  readonly used: { readonly all: number; readonly main: number };
}

function printFlood(flood: OpenResult, { seconds, most, used }: Beside): void {
  const of = `${count(FLOOD_PER_SECOND)}/s for ${seconds} s`;
  const taken = (flood.answers[202] ?? 0) / seconds;
  const [all, main] = [used.all.toFixed(3), used.main.toFixed(3)];
  printRow({
    ...{ what: `overload: taken of ${of}`, figure: `${count(taken)}/s` },
    ...{ ratio: (taken / most).toFixed(2), cpu: all, main },
  });
  for (const [status, answers] of Object.entries(flood.answers)) {
    const [p50, p99, worst] = [flood.p50, flood.p99, flood.most].map((one) =>
      milliseconds(one[Number(status)] ?? Number.NaN),
    );
    const what = `overload: ${count(answers)} answers ${status}, p99`;
    printRow({ what, figure: `${p99}`, spread: `${p50} … ${worst}` });
  }
}

/** Every job that was taken has arrived; a run that lost one is void. */
async function checkNothingLost({ run, server, load, sent }: Bench): Promise<void> {
  await until('everything settled', async () => {
    const { stored, succeeded, failed } = await server.stats();
    return succeeded + failed === stored;
  });
  const taken = (await load.call('taken', sent)).filter((was) => was === 1).length;
  const { unique } = await run.target.call('arrivals');
  if (unique !== taken) throw new Error(`Expected ${taken} arrivals, got ${unique}`);
  printRow({ what: 'overload: taken, and arrived at the target', figure: count(unique) });
}
