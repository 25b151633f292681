// Queues that have jobs on disk and budget for them, but whose part of memory is full of jobs for
// targets that cannot be reached. Others may lie behind these.

import { limits } from '../../limits.ts';
import type { Queue } from './queue.ts';

export class Stuck {
  /** Since when it is known that nothing of it can begin; undefined: it is not known yet. */
  readonly #since = new Map<Queue, number | undefined>();

  get size(): number {
    return this.#since.size;
  }

  /** Perhaps nothing of it can begin. */
  note(queue: Queue): void {
    if (isStuck(queue) && !this.#since.has(queue)) this.#since.set(queue, undefined);
  }

  /** Something of it began, or it has left memory. */
  forget(queue: Queue): void {
    if (this.#since.size > 0) this.#since.delete(queue);
  }

  /** One that has been so for a while; the next time another one. */
  take(now: number): Queue | undefined {
    for (const [queue, since] of this.#since) {
      if (!isStuck(queue)) this.#since.delete(queue);
      else if (since === undefined) this.#since.set(queue, now);
      else if (isLong(since, now) && !queue.isClaiming && queue.budget.isOpen(now)) {
        this.#since.delete(queue);
        this.#since.set(queue, since);
        return queue;
      }
    }
    return undefined;
  }
}

function isStuck(queue: Queue): boolean {
  return queue.hasBacklog && queue.ready > 0 && !queue.isOrdered && !queue.hasTurn();
}

/** A clock that was set back is no reason to wait. */
function isLong(since: number, now: number): boolean {
  return Math.abs(now - since) >= limits.stuckMs;
}
