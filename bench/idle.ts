// What one job costs a caller and its target when nothing else is going on: one at a time, spaced.

import { passThroughRequest } from './requests.ts';
import { type Run, withServer } from './run.ts';
import type { ServerProcess } from './server-process.ts';
import { quantile } from './statistics.ts';
import { milliseconds, printRow } from './table.ts';
import { until } from './until.ts';

const JOBS = 300;
const WARM_UP_JOBS = 200;
const GAP_MS = 15;

export interface IdleFigures {
  /** From the first byte of the hand-over to its 202. */
  readonly accepted: readonly number[];
  /** From the first byte of the hand-over to the first byte at the target. */
  readonly arrived: readonly number[];
}

export async function idle(run: Run): Promise<void> {
  const { accepted, arrived } = await withServer(run, (server) => handOverSpaced(run, server));
  printSpread('idle: hand-over to 202, synced', accepted);
  printSpread('idle: hand-over to first byte at the target', arrived);
}

async function handOverSpaced(run: Run, server: ServerProcess): Promise<IdleFigures> {
  await spaced(run, { port: server.port, count: WARM_UP_JOBS, gapMs: 1 });
  return spaced(run, { port: server.port, count: JOBS, gapMs: GAP_MS });
}

export async function spaced(
  { load, target, targetPort }: Pick<Run, 'load' | 'target' | 'targetPort'>,
  given: { readonly port: number; readonly count: number; readonly gapMs: number },
): Promise<IdleFigures> {
  await target.call('reset');
  const flood = { request: passThroughRequest(targetPort), status: 202, connections: 1 };
  const { sentAt, answeredAt } = await load.call('singles', { ...flood, ...given });
  await until(`${given.count} arrivals`, async () => {
    return (await target.call('arrivals')).unique === given.count;
  });
  const arrivedAt = await target.call('arrivedAt', given.count);
  const since = (times: readonly number[]): number[] =>
    times.map((time, index) => time - (sentAt[index] ?? Number.NaN));
  return { accepted: since(answeredAt), arrived: since(arrivedAt) };
}

export function printSpread(what: string, times: readonly number[]): void {
  printRow({
    what,
    figure: `p50 ${milliseconds(quantile(times, 0.5))}`,
    spread: `p99 ${milliseconds(quantile(times, 0.99))}`,
  });
}
