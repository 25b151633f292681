// Queues that want to read more of their jobs from disk; each is named once per wish.

import type { Queue } from './queue.ts';
import { loadOf, type Share } from './share.ts';

export class Hunger {
  readonly #hungry = new Set<Queue>();

  get isAny(): boolean {
    return this.#hungry.size > 0;
  }

  /** `queue` may hold less than it should. */
  note(queue: Queue, share: Share): void {
    if (!queue.hasBacklog || queue.isClaiming) return;
    const isLow = loadOf(queue, share) < 0.5;
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
