// Due jobs of one queue that wait for the same budgets: a full origin, or a limit that is used up,
// blocks its own lines and no other. Within a line the better priority goes first, then who came
// first.

import type { HeldJob } from '../attempts/held-job.ts';
import type { Budget } from './budget.ts';
import { Fifo } from './fifo.ts';
import type { Queue } from './queue.ts';
import type { Share } from './share.ts';

/** Of priorities. Jobs that were stored while their queue was ordered come last. */
export const LEVELS = 4;

export interface Line {
  readonly queue: Queue;
  /** That its next job needs, beside its queue's own. */
  readonly budgets: readonly Budget[];
  /** The ring of its queue in which it stands for its turn; undefined: in none. */
  ring: number | undefined;
  /** The closed budget that it met. */
  waitsAt: Budget | undefined;
  /** A budget that woke it as one of as many as it has places for, until its turn has come. */
  place: Budget | undefined;
  /** Its queue has no other use for it: whoever still knows it passes it by. */
  isGone: boolean;
  push(job: HeldJob): void;
  /** Level of its next job; undefined: it is empty. */
  best(): number | undefined;
  /** Its next job, or the first one of the lowest level. */
  take(end: 'best' | 'lowest'): HeldJob | undefined;
  /** Takes out the last ones that also stand on disk, as long as `queue` holds more than `keep`. */
  evict(keep: Share): HeldJob[];
  /** All that is in it, for another line. */
  drain(): HeldJob[];
  /** It needs nothing any more; gives what it needed. */
  letGo(): readonly Budget[];
}

/** Who is told what became of lines. */
export interface LineHearer {
  /** It met a closed budget, and stands in no ring any more. */
  blocked(line: Line, closed: Budget, now: number): void;
  /** It needs these no more. */
  left(budgets: readonly Budget[], now: number): void;
  /** It was woken for a place here, and did not take it. */
  unused(place: Budget, now: number): void;
}

export class PlainLine implements Line {
  readonly queue: Queue;
  readonly key: string;
  readonly budgets: readonly Budget[];
  ring: number | undefined;
  waitsAt: Budget | undefined;
  place: Budget | undefined;
  isGone = false;
  readonly #levels: readonly Fifo<HeldJob>[] = Array.from({ length: LEVELS }, () => new Fifo());

  constructor(queue: Queue, key: string, budgets: readonly Budget[]) {
    this.queue = queue;
    this.key = key;
    this.budgets = budgets;
  }

  push(job: HeldJob): void {
    this.#levels[levelOf(job)]?.push(job);
  }

  best(): number | undefined {
    for (let level = 0; level < LEVELS; level++) if (this.#has(level)) return level;
    return undefined;
  }

  take(end: 'best' | 'lowest'): HeldJob | undefined {
    const isBest = end === 'best';
    for (let step = 0; step < LEVELS; step++) {
      const level = isBest ? step : LEVELS - 1 - step;
      if (this.#has(level)) return this.#levels[level]?.shift();
    }
    return undefined;
  }

  evict(keep: Share): HeldJob[] {
    const evicted: HeldJob[] = [];
    for (const jobs of this.#levels.toReversed()) {
      // Better ones stay as long as there is a worse one.
      if (!this.#evictFrom(jobs, keep, evicted)) break;
    }
    return evicted;
  }

  drain(): HeldJob[] {
    const jobs: HeldJob[] = [];
    for (let job = this.take('best'); job; job = this.take('best')) jobs.push(job);
    return jobs;
  }

  letGo(): readonly Budget[] {
    this.isGone = true;
    for (const budget of this.budgets) budget.lines--;
    return this.budgets;
  }

  /** Whoever left memory, or is being cancelled, is passed by. */
  #has(level: number): boolean {
    const jobs = this.#levels[level] as Fifo<HeldJob>;
    for (let job = jobs.peek(); job; job = jobs.peek()) {
      if (job.phase === 'ready') return true;
      jobs.shift();
    }
    return false;
  }

  /** True if nothing is left of them. */
  #evictFrom(jobs: Fifo<HeldJob>, keep: Share, evicted: HeldJob[]): boolean {
    for (let job = jobs.pop(); job; job = jobs.pop()) {
      if (job.phase !== 'ready') continue;
      if (!job.isParked || !this.queue.isBeyond(keep, job)) {
        jobs.push(job);
        return false;
      }
      this.queue.leave(job);
      evicted.push(job);
    }
    return true;
  }
}

export function levelOf({ priority }: HeldJob): number {
  return Math.min(priority, LEVELS - 1);
}
