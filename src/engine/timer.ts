// Finds out when jobs that wait on disk become due. It keeps a cursor, the instant up to which
// every due job has been announced, and the next instant at which something happens. The store is
// asked about the span between cursor and now; only names of queues come back, whatever the number
// of jobs.

import { limits } from '../limits.ts';
import type { Node } from './node.ts';

export class Timer {
  readonly #getNode: () => Node;
  #cursor: number;
  #nextAt = Number.POSITIVE_INFINITY;
  #stop: (() => void) | undefined;
  #isStopped = false;

  constructor(getNode: () => Node, now: number) {
    this.#getNode = getNode;
    this.#cursor = now;
  }

  /** A job of `queue` waits on disk until `runAt`, on this level of priority. */
  due(runAt: number, queue: string, level?: number): void {
    const node = this.#getNode();
    if (runAt <= node.clock.now()) {
      node.scheduler.flagBacklog(queue, level);
      node.wake();
      return;
    }
    // Behind the cursor and not due: the clock was set back, and the next look must not pass it by.
    if (runAt <= this.#cursor) this.#cursor = runAt - 1;
    if (runAt < this.#nextAt) {
      this.#nextAt = runAt;
      this.#arm();
    }
  }

  /** Announces what has become due, and sleeps again. */
  async tick(): Promise<void> {
    const node = this.#getNode();
    const now = node.clock.now();
    // The clock was set back: jobs stored meanwhile may lie before the cursor.
    if (now < this.#cursor) this.#cursor = now - 1;
    const after = this.#cursor;
    this.#cursor = now;
    this.#nextAt = Number.POSITIVE_INFINITY;
    try {
      const { queues, nextAt } = await node.store.due({ after, until: now });
      for (const queue of queues) node.scheduler.flagBacklog(queue);
      if (nextAt !== null && nextAt < this.#nextAt) this.#nextAt = nextAt;
    } catch (error) {
      this.#cursor = after;
      this.#nextAt = now + limits.sleepMs;
      node.log('error', 'Due jobs cannot be looked up', { error: String(error) });
    }
    node.wake();
    this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stop?.();
  }

  // Sleeps are short and measured by a monotonic clock, so a step of the wall clock parks nothing.
  #arm(): void {
    this.#stop?.();
    if (this.#isStopped) return;
    const clock = this.#getNode().clock;
    const sleepMs = Math.min(limits.sleepMs, Math.max(0, this.#nextAt - clock.now()));
    this.#stop = clock.after(sleepMs, () => {
      if (this.#nextAt <= clock.now()) void this.tick();
      else this.#arm();
    });
  }
}
