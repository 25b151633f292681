// Reads due jobs from disk into memory for queues that run low and have more there.

import { limits } from '../limits.ts';
import type { Claimed } from '../store/store.ts';
import { holdClaimed } from './held-job.ts';
import type { Node } from './node.ts';
import type { Queue } from './queue.ts';

// Queues asked about in one look: a bounded piece of the writer's time.
const QUEUES_AT_ONCE = 32;

interface Look {
  readonly queue: Queue;
  readonly limit: number;
  readonly news: number;
}

export function refill(node: Node): void {
  if (!node.scheduler.isHungry()) return;
  if (!node.window.hasRoom() && !makeRoom(node)) return;
  const hungry = node.scheduler.takeHungry(QUEUES_AT_ONCE);
  if (hungry.length === 0) return;
  const share = node.scheduler.share();
  const looks = hungry.map((queue) => {
    queue.isClaiming = true;
    const limit = Math.max(1, Math.min(limits.claimJobs, share - queue.ready));
    return { queue, limit, news: queue.backlogNews };
  });
  void claim(node, looks);
}

/** True if a queue that holds more than its share gave some of it back. */
function makeRoom(node: Node): boolean {
  const evicted = node.scheduler.evict();
  for (const job of evicted) node.window.release(job);
  return evicted.length > 0;
}

async function claim(node: Node, looks: readonly Look[]): Promise<void> {
  const claims = looks.map(({ queue, limit }) => ({
    queue: queue.name,
    limit,
    held: node.window.parkedOf(queue.name),
  }));
  let found: readonly (readonly Claimed[])[] = [];
  try {
    found = await node.store.claim(claims, node.clock.now());
  } catch (error) {
    node.log('error', 'Due jobs cannot be read', { error: String(error) });
  }
  const now = node.clock.now();
  for (const [index, look] of looks.entries()) {
    const jobs = found[index];
    if (jobs) for (const job of jobs) take(node, job, now);
    const isAll = jobs !== undefined && jobs.length < look.limit;
    node.scheduler.claimed(look.queue, { news: look.news, isAll }, now);
  }
  if (found.length > 0) node.wake();
}

function take(node: Node, claimed: Claimed, now: number): void {
  if (node.window.at(claimed.seq)) return;
  const job = holdClaimed(claimed, now);
  node.window.hold(job);
  node.scheduler.add(job, now);
}
