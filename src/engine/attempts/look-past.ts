// A queue whose part of memory is full of jobs for a target that is gone may have jobs for others
// on disk behind them. It is walked through, a bounded number of rows at a time, and what is found
// takes the places of the last of those that wait. The walk remembers where it was; what comes in
// later has a later `runAt`, so it lies ahead.

import { limits } from '../../limits.ts';
import type { PastPlace } from '../../store/past.ts';
import { later, type Node } from '../node.ts';
import type { Queue } from '../turns/queue.ts';
import { take } from './refill.ts';

interface Walk {
  readonly place: PastPlace;
  readonly begunAt: number;
  /** When it had come to the end; undefined: it has not yet. */
  readonly endedAt: number | undefined;
  /** What it has passed by. */
  readonly passed: ReadonlySet<string>;
  /** `evictions` of the queue when it began: what was given back since may lie behind it. */
  readonly evictions: number;
}

export class LookPast {
  readonly #getNode: () => Node;
  /** By queue; those of queues that are not stuck any more are dropped. */
  readonly #walks = new Map<Queue, Walk>();
  #isBusy = false;

  constructor(getNode: () => Node) {
    this.#getNode = getNode;
  }

  /** Called after every dispatch; costs nothing while no queue is stuck. */
  wake(): void {
    const node = this.#getNode();
    if (this.#isBusy || node.scheduler.stuck.size === 0) return;
    this.#isBusy = true;
    later(node, limits.pastMs, () => {
      void this.#look(node).finally(() => {
        this.#isBusy = false;
        this.wake();
      });
    });
  }

  async #look(node: Node): Promise<void> {
    const now = node.clock.now();
    const queue = node.scheduler.stuck.take(now);
    if (queue === undefined || node.standstill) return;
    const blocked = queue.blockedKeys();
    const walk = this.#walkOf(queue, blocked, now);
    queue.isClaiming = true;
    try {
      const { seqs, place, rows } = await node.store.past({
        ...{ queue: queue.name, now, after: walk.place, passBy: blocked },
        ...{ rows: limits.pastRows, limit: limits.pastJobs, bytes: limits.claimBytes },
      });
      const isEnd = rows < limits.pastRows && seqs.length === 0;
      const endedAt = walk.endedAt ?? (isEnd ? node.clock.now() : undefined);
      const passed = new Set([...walk.passed, ...blocked]);
      this.#walks.set(queue, { ...walk, place, endedAt, passed });
      await this.#claim(node, queue, seqs);
    } catch (error) {
      node.log('error', 'A queue cannot be looked through', { error: String(error) });
    }
    node.scheduler.looked(queue, node.clock.now());
    node.wake();
  }

  #walkOf(queue: Queue, blocked: readonly string[], now: number): Walk {
    for (const other of this.#walks.keys()) {
      if (!other.hasBacklog || other.ready === 0) this.#walks.delete(other);
    }
    const walk = this.#walks.get(queue);
    if (walk && !isOver(walk, queue, blocked, now)) return walk;
    const { evictions } = queue;
    return { place: [], begunAt: now, endedAt: undefined, passed: new Set(), evictions };
  }

  async #claim(node: Node, queue: Queue, seqs: readonly number[]): Promise<void> {
    const only = seqs.filter((seq) => node.window.at(seq) === undefined);
    if (only.length === 0) return;
    const claim = { queue: queue.name, limit: only.length, held: [], only };
    const [found = []] = await node.store.claim([claim], node.clock.now());
    const now = node.clock.now();
    for (const job of found) take(node, job, now);
    for (const job of node.scheduler.trim(queue, true)) node.window.release(job);
  }
}

/** It has come to the end, and something lies behind it that may be wanted now. */
function isOver(walk: Walk, queue: Queue, blocked: readonly string[], now: number): boolean {
  const { begunAt, endedAt, passed, evictions } = walk;
  if (endedAt === undefined) return false;
  const restMs = Math.max(limits.pastRestMs, 3 * (endedAt - begunAt));
  if (Math.abs(now - endedAt) < restMs) return false;
  return queue.evictions !== evictions || passed.size > passed.intersection(new Set(blocked)).size;
}
