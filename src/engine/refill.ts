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
  readonly bytes: number;
  readonly news: number;
}

export function refill(node: Node): void {
  if (!node.scheduler.isHungry()) return;
  if (!node.window.hasRoom() && !makeRoom(node)) return;
  const hungry = node.scheduler.takeHungry(QUEUES_AT_ONCE);
  if (hungry.length === 0) return;
  const share = node.scheduler.share();
  const bytesEach = Math.floor(limits.claimBytes / hungry.length);
  const looks = hungry.map((queue) => {
    queue.isClaiming = true;
    const limit = Math.max(1, Math.min(limits.claimJobs, share.jobs - queue.ready));
    const bytes = Math.max(1, Math.min(bytesEach, share.bytes - queue.bytes));
    return { queue, limit, bytes, news: queue.backlogNews };
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
  const claims = looks.map(({ queue, limit, bytes }) => ({
    queue: queue.name,
    limit,
    bytes,
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
    const isAll = jobs !== undefined && isWhole(jobs, look);
    node.scheduler.claimed(look.queue, { news: look.news, isAll }, now);
  }
  if (found.length > 0) node.wake();
}

/** Neither bound of the look cut it short. */
function isWhole(jobs: readonly Claimed[], { limit, bytes }: Look): boolean {
  let read = 0;
  for (const { spec, body } of jobs) read += spec.length + (body?.byteLength ?? 0);
  return jobs.length < limit && read < bytes;
}

function take(node: Node, claimed: Claimed, now: number): void {
  if (node.window.at(claimed.seq)) return;
  const job = holdClaimed(claimed, now);
  node.window.hold(job);
  node.scheduler.add(job, now);
}
