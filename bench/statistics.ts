// Few runs on a shared machine: the middle one and how far the others were from it.

export interface Runs {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function summary(values: readonly number[]): Runs {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(values, 0.5), least: sorted[0] ?? 0, most: sorted.at(-1) ?? 0 };
}

/** The value that a `share` of all do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
