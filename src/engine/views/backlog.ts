// How many jobs of each queue have not settled: kept by the events that say so, and counted once,
// at the start, when everything that has not settled waits on disk.

import type { RawEvent } from '../events/events.ts';

export class Backlog {
  readonly #unsettled = new Map<string, number>();

  load(counts: readonly (readonly [queue: string, jobs: number])[]): void {
    for (const [queue, jobs] of counts) this.#add(queue, jobs);
  }

  /** Waiting or under way. */
  of(queue: string): number {
    return this.#unsettled.get(queue) ?? 0;
  }

  observe({ type, queue }: RawEvent): void {
    if (queue === undefined) return;
    if (type === 'job.stored' || type === 'job.reopened') this.#add(queue, 1);
    else if (type === 'job.succeeded' || type === 'job.failed' || type === 'job.cancelled') {
      this.#add(queue, -1);
    }
  }

  #add(queue: string, change: number): void {
    const jobs = this.of(queue) + change;
    if (jobs > 0) this.#unsettled.set(queue, jobs);
    else this.#unsettled.delete(queue);
  }
}
