// The printout: one table, a row per figure, written as soon as it is known.

import type { Runs } from './statistics.ts';

export interface Row {
  readonly what: string;
  readonly figure: string;
  /** Least and most of the runs. */
  readonly spread?: string;
  readonly ratio?: string;
  /** CPU seconds of the server per 1,000. */
  readonly cpu?: string;
}

const WIDTHS = { what: 54, figure: 15, spread: 18, ratio: 8, cpu: 8 } as const;
const WIDTH = Object.values(WIDTHS).reduce((sum, width) => sum + width + 1, 0);
const HEAD = {
  ...{ what: 'measure', figure: 'median', spread: 'least … most' },
  ...{ ratio: 'ratio', cpu: 'CPU s/k' },
};

export function printHead(): void {
  printRow(HEAD);
  console.log('-'.repeat(WIDTH));
}

export function printRow(row: Row): void {
  const cells = Object.entries(WIDTHS).map(([name, width]) => {
    const text = row[name as keyof Row] ?? '';
    return name === 'what' ? text.padEnd(width) : text.padStart(width);
  });
  console.log(cells.join(' ').trimEnd());
}

export interface RateRow {
  readonly what: string;
  readonly rates: Runs;
  /** The yardstick's median. */
  readonly beside?: number;
  readonly cpuPerThousand?: number;
}

export function printRate({ what, rates, beside, cpuPerThousand }: RateRow): void {
  printRow({
    what,
    figure: `${count(rates.median)}/s`,
    spread: `${count(rates.least)} … ${count(rates.most)}`,
    ...(beside !== undefined && { ratio: (rates.median / beside).toFixed(2) }),
    ...(cpuPerThousand !== undefined && { cpu: cpuPerThousand.toFixed(3) }),
  });
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function milliseconds(value: number): string {
  return value < 100 ? `${value.toFixed(2)} ms` : `${count(value)} ms`;
}
