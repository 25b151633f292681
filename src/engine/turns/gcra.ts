// An even pace with a burst: the generic cell rate algorithm (ITU-T I.371), which keeps one instant
// and no window. In any span of time that is one period long at most `count + burst` may begin.

import type { LimitValues } from '../../job/budget-values.ts';
import { parseRate } from '../../job/budget-values.ts';

/** A turn that is taken late is not lost: the next may come earlier by up to this. */
const MOST_SLACK_MS = 50;

export class Gcra {
  /** Between two turns. */
  readonly intervalMs: number;
  readonly burst: number;
  readonly #toleranceMs: number;
  /** When all turns that were taken would be used up at an even pace. */
  paidUntil: number;

  /** `since`: before this instant turns may have been taken that nobody remembers. */
  constructor(intervalMs: number, burst: number, since: number) {
    this.intervalMs = intervalMs;
    this.burst = burst;
    // Less than one interval, so that the bound holds.
    this.#toleranceMs = (burst - 1) * intervalMs + Math.min(MOST_SLACK_MS, intervalMs / 2);
    this.paidUntil = since;
  }

  /** The instant from which the next may begin. */
  nextAt(now: number): number {
    // The clock was set back: nobody owes more than this.
    const most = now + this.#toleranceMs + this.intervalMs;
    if (this.paidUntil > most) this.paidUntil = most;
    return this.paidUntil - this.#toleranceMs;
  }

  take(now: number): void {
    this.paidUntil = Math.max(this.paidUntil, now) + this.intervalMs;
  }
}

/** Undefined without a rate. `forgottenAt`: as if everything had just been used up then. */
export function paceOf(values: LimitValues, forgottenAt: number): Gcra | undefined {
  if (values.rate === undefined) return undefined;
  const { count, periodMs } = parseRate(values.rate, 'rate');
  const { burst = 1 } = values;
  const intervalMs = periodMs / count;
  return new Gcra(intervalMs, burst, forgottenAt + burst * intervalMs);
}
