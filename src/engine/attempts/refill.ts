// Reads due jobs from disk into memory for queues that run low and have more there.

import { limits } from '../../limits.ts';
import type { Claim, Claimed } from '../../store/store.ts';
import type { Node } from '../node.ts';
import type { Queue } from '../turns/queue.ts';
import { holdClaimed } from './held-job.ts';

// Queues asked about in one look: a bounded piece of the writer's time.
const QUEUES_AT_ONCE = 32;
// What a queue that is full of worse jobs reads of better ones.
const URGENT_JOBS = 32;

interface Look {
  readonly queue: Queue;
  readonly limit: number;
  readonly bytes: number;
  readonly news: number;
  readonly begunNews: number;
  readonly isUrgent: boolean;
}

export function refill(node: Node): void {
  if (!node.scheduler.hunger.isAny) return;
  if (!node.window.hasRoom() && !makeRoom(node)) return;
  const hungry = node.scheduler.hunger.take(QUEUES_AT_ONCE);
  if (hungry.length === 0) return;
  const share = node.scheduler.share();
  const bytesEach = Math.floor(limits.claimBytes / hungry.length);
  const looks = hungry.map((queue) => {
    queue.isClaiming = true;
    const least = queue.isUrgent ? URGENT_JOBS : 1;
    const limit = Math.max(least, Math.min(limits.claimJobs, share.jobs - queue.ready));
    const bytes = Math.max(1, Math.min(bytesEach, share.bytes - queue.bytes));
    const { isUrgent, backlogNews: news, begunNews } = queue;
    // What comes while this look is under way may be urgent again.
    queue.isUrgent = false;
    return { queue, limit, bytes, news, begunNews, isUrgent };
  });
  void look(node, looks);
}

/** True if a queue that holds more than its share gave some of it back. */
function makeRoom(node: Node): boolean {
  const evicted = node.scheduler.evict();
  for (const job of evicted) node.window.release(job);
  return evicted.length > 0;
}

async function look(node: Node, looks: readonly Look[]): Promise<void> {
  let found: readonly (readonly Claimed[])[] = [];
  let isLinedUp = true;
  try {
    isLinedUp = await lineUp(node, looks);
    const claims = looks.map((one) => claimOf(node, one));
    if (isLinedUp) found = await node.store.claim(claims, node.clock.now());
  } catch (error) {
    node.log('error', 'Due jobs cannot be read', { error: String(error) });
  }
  const now = node.clock.now();
  for (const [index, one] of looks.entries()) {
    const jobs = found[index];
    if (jobs) for (const job of jobs) take(node, job, now);
    else if (one.isUrgent) one.queue.isUrgent = true;
    const isAll = jobs !== undefined && isWhole(jobs, one);
    node.scheduler.claimed(one.queue, { news: one.news, isAll }, now);
    for (const job of node.scheduler.trim(one.queue)) node.window.release(job);
  }
  if (found.length > 0 || !isLinedUp) node.wake();
}

function claimOf(node: Node, { queue, limit, bytes }: Look): Claim {
  const held = node.window.parkedOf(queue.name);
  return { queue: queue.name, limit, bytes, held, isOrdered: queue.isOrdered };
}

/** Asks which jobs of ordered queues have begun; false: some are not all in line yet. */
async function lineUp(node: Node, looks: readonly Look[]): Promise<boolean> {
  const ordered = looks.filter(({ queue }) => queue.isOrdered);
  if (ordered.length === 0) return true;
  const answers = await node.store.lineUp(ordered.map(({ queue }) => queue.name));
  for (const [index, { queue, begunNews }] of ordered.entries()) {
    const answer = answers[index];
    if (!answer?.isWhole) return false;
    // What was told meanwhile is newer.
    if (queue.begunNews !== begunNews) continue;
    queue.begun = answer.begun ?? undefined;
    queue.isKnown = true;
  }
  return true;
}

/** Neither bound of the look cut it short. */
function isWhole(jobs: readonly Claimed[], { limit, bytes }: Look): boolean {
  let read = 0;
  for (const { spec, body } of jobs) read += spec.length + (body?.byteLength ?? 0);
  return jobs.length < limit && read < bytes;
}

export function take(node: Node, claimed: Claimed, now: number): void {
  if (node.window.at(claimed.seq)) return;
  const job = holdClaimed(claimed, now);
  node.window.hold(job);
  node.scheduler.add(job, now);
}
