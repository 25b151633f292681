// Fire and forget: how long one call keeps its caller, at 1,000 calls a second, and apart from it
// what the sending costs, which happens in later turns.

import type { TosserVerbs, TossFigures } from './child/tosser.ts';
import { startChild } from './remote.ts';
import { REPEATS, type Run } from './run.ts';
import { quantile, summary } from './statistics.ts';
import { printRow } from './table.ts';

const CALLS = 10_000;
const WARM_UP_CALLS = 2_000;

export async function toss(run: Run): Promise<void> {
  const runs: TossFigures[] = [];
  for (let round = 0; round < REPEATS; round++) runs.push(await tossRun(run));
  const calls = `${CALLS.toLocaleString('en-US')} at 1,000/s`;
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const microseconds = runs.map(({ callMs }) => quantile(callMs, share) * 1_000);
    printFigure(`toss: one call in-process, ${calls}: ${name}`, microseconds, 'µs');
  }
  const sending = runs.map(({ cpuSeconds, callMs }) => {
    const inCalls = callMs.reduce((sum, ms) => sum + ms, 0) / 1_000;
    return ((cpuSeconds - inCalls) / callMs.length) * 1e6;
  });
  printFigure('toss: CPU for each, beside the call (sending, pacing)', sending, 'µs');
}

async function tossRun(run: Run): Promise<TossFigures> {
  const tosser = startChild<TosserVerbs>('tosser');
  try {
    await tosser.call('open', run.folder);
    const url = `http://127.0.0.1:${run.targetPort}/`;
    await tosser.call('toss', { url, calls: WARM_UP_CALLS });
    const figures = await tosser.call('toss', { url, calls: CALLS });
    if (figures.answered !== CALLS) throw new Error(`Expected all answered: ${figures.answered}`);
    await tosser.call('close');
    return figures;
  } finally {
    await tosser.end();
  }
}

function printFigure(what: string, values: readonly number[], unit: string): void {
  const { median, least, most } = summary(values);
  const spread = `${least.toFixed(1)} … ${most.toFixed(1)}`;
  printRow({ what, figure: `${median.toFixed(1)} ${unit}`, spread });
}
