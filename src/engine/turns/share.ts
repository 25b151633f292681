// How much of the memory for due jobs one queue may have: each of the present queues has a part.

import { limits } from '../../limits.ts';

/** What one queue may hold in memory. */
export interface Share {
  readonly jobs: number;
  readonly bytes: number;
}

// However many queues there are, each may hold this much.
const LEAST_JOBS = 16;
const LEAST_BYTES = 4 * limits.inlineBodyBytes;

export function shareOf(queueCount: number): Share {
  const queues = Math.max(1, queueCount);
  const jobs = Math.max(LEAST_JOBS, Math.floor(limits.windowJobs / queues));
  const bytes = Math.max(LEAST_BYTES, Math.floor(limits.windowBytes / queues));
  return {
    jobs: Math.min(limits.windowJobsPerQueue, jobs),
    bytes: Math.min(limits.windowBytesPerQueue, bytes),
  };
}

/** The queue that holds most beyond its share; undefined: none does. */
export function fullestOf<Q extends Held>(queues: Iterable<Q>, share: Share): Q | undefined {
  let fullest: Q | undefined;
  let load = 1;
  for (const queue of queues) {
    if (loadOf(queue, share) <= load) continue;
    fullest = queue;
    load = loadOf(queue, share);
  }
  return fullest;
}

interface Held {
  readonly ready: number;
  readonly bytes: number;
}

/** How much of its share a queue holds; 1: all of it. */
export function loadOf(queue: Held, share: Share): number {
  return Math.max(queue.ready / share.jobs, queue.bytes / share.bytes);
}
