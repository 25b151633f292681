// The printout: one table, a row per figure, written as soon as it is known.

export interface Row {
  readonly what: string;
  readonly figure: string;
  /** Least and most of the runs. */
  readonly spread?: string;
  readonly ratio?: string;
  /** CPU seconds of the server per 1,000, and those of its main thread. */
  readonly cpu?: string;
  readonly main?: string;
}

const WIDTHS = { what: 54, figure: 15, spread: 18, ratio: 6, cpu: 8, main: 8 } as const;
const WIDTH = Object.values(WIDTHS).reduce((sum, width) => sum + width + 1, 0);
const HEAD = {
  ...{ what: 'measure', figure: 'median', spread: 'least … most' },
  ...{ ratio: 'ratio', cpu: 'CPU s/k', main: 'in main' },
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

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function milliseconds(value: number): string {
  return value < 100 ? `${value.toFixed(2)} ms` : `${count(value)} ms`;
}
