// What events add up to, kept as they come: how many of each kind, how long attempts took and how
// long their jobs had waited. Figures are read from here and never counted.

import type { EventType } from '../../job/event.ts';
import type { RawEvent } from './events.ts';

/** How many values fell into each span, as Prometheus has it. */
export interface Distribution {
  /** Upper bounds of the spans, milliseconds; one more has no bound. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/** What an attempt led to. */
export const endings = ['succeeded', 'failed', 'retrying', 'cancelled'] as const;
export type Ending = (typeof endings)[number];

export interface Tallied {
  readonly events: Readonly<Partial<Record<EventType, number>>>;
  /** Attempts by how they ended. */
  readonly attempts: Readonly<Record<Ending, Distribution>>;
  /** From the instant at which a job was due to that at which its attempt began. */
  readonly waited: Distribution;
}

const ATTEMPT_BOUNDS_MS = [
  ...[5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000],
  ...[30_000, 60_000, 300_000, 900_000],
];
const WAITED_BOUNDS_MS = [
  ...[1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000],
  ...[60_000, 600_000, 3_600_000, 86_400_000],
];

export class Tally implements Tallied {
  readonly events: Partial<Record<EventType, number>> = {};
  readonly waited: Histogram = new Histogram(WAITED_BOUNDS_MS);
  readonly attempts: Readonly<Record<Ending, Histogram>> = {
    succeeded: new Histogram(ATTEMPT_BOUNDS_MS),
    failed: new Histogram(ATTEMPT_BOUNDS_MS),
    retrying: new Histogram(ATTEMPT_BOUNDS_MS),
    cancelled: new Histogram(ATTEMPT_BOUNDS_MS),
  };

  hear({ type, waitedMs, durationMs }: RawEvent): void {
    this.events[type] = (this.events[type] ?? 0) + 1;
    if (waitedMs !== undefined) this.waited.add(waitedMs);
    if (durationMs !== undefined) this.#histogramOf(type)?.add(durationMs);
  }

  #histogramOf(type: EventType): Histogram | undefined {
    if (type === 'job.succeeded') return this.attempts.succeeded;
    if (type === 'job.retrying') return this.attempts.retrying;
    if (type === 'job.failed') return this.attempts.failed;
    return type === 'job.cancelled' ? this.attempts.cancelled : undefined;
  }
}

class Histogram implements Distribution {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sumMs = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  add(ms: number): void {
    let at = 0;
    while (at < this.bounds.length && ms > (this.bounds[at] as number)) at++;
    (this.counts[at] as number)++;
    this.sumMs += ms;
  }
}
