// A rate and what it cost, and its row in the table.

import type { Cpu } from './process-figures.ts';
import { summary } from './statistics.ts';
import { count, printRow } from './table.ts';

export interface Rate {
  readonly perSecond: number;
  /** CPU seconds of the server per 1,000. */
  readonly cpu: Cpu;
}

export function medianRate(runs: readonly Rate[]): number {
  return summary(runs.map(({ perSecond }) => perSecond)).median;
}

/** `beside`: the yardstick's median. */
export function printRate(what: string, runs: readonly Rate[], beside?: number): void {
  const { median, least, most } = summary(runs.map(({ perSecond }) => perSecond));
  const cpu = (of: keyof Cpu): string => summary(runs.map((run) => run.cpu[of])).median.toFixed(3);
  printRow({
    what,
    figure: `${count(median)}/s`,
    spread: `${count(least)} … ${count(most)}`,
    ...(beside !== undefined && { ratio: (median / beside).toFixed(2) }),
    ...{ cpu: cpu('all'), main: cpu('main') },
  });
}
