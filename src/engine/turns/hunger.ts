// Queues that want to read more of their jobs from disk; each is named once per wish.

import type { HeldJob } from '../attempts/held-job.ts';
import type { Queue } from './queue.ts';
import { loadOf, type Share } from './share.ts';

/** What a queue keeps in memory of which nothing can begin now. */
const FEW = 1;

export class Hunger {
  readonly #hungry = new Set<Queue>();

  get isAny(): boolean {
    return this.#hungry.size > 0;
  }

  /** `queue` may hold less than it should. */
  note(queue: Queue, share: Share): void {
    if (!queue.hasBacklog || queue.isClaiming) return;
    const isFed = isShut(queue) && queue.ready >= FEW;
    const isLow = !isFed && loadOf(queue, share) < 0.5;
    if (isLow || queue.isUrgent || !queue.isKnown) this.#hungry.add(queue);
  }

  take(most: number): Queue[] {
    const taken: Queue[] = [];
    for (const queue of this.#hungry) {
      if (taken.length >= most) break;
      this.#hungry.delete(queue);
      if (queue.hasBacklog && !queue.isClaiming) taken.push(queue);
    }
    return taken;
  }

  forget(queue: Queue): void {
    this.#hungry.delete(queue);
  }
}

/**
 * Gives back what the fullest queue holds though nothing of it can begin, but for a few; undefined
 * if there is none.
 */
export function evictShut(
  queues: Iterable<Queue>,
): { readonly queue: Queue; readonly evicted: HeldJob[] } | undefined {
  let fullest: Queue | undefined;
  for (const queue of queues) {
    if (isShut(queue) && queue.ready > (fullest?.ready ?? FEW)) fullest = queue;
  }
  const keep = { jobs: FEW, bytes: Number.POSITIVE_INFINITY };
  return fullest && { queue: fullest, evicted: fullest.evict(keep) };
}

/** Nothing of it could begin when it was last looked at. */
function isShut(queue: Queue): boolean {
  return queue.isClosed || !queue.hasTurn();
}
