// How long to wait before the next try. Full jitter: jobs that failed together do not come back
// together, and on the average they come back in half the time.

import type { Backoff } from './job.ts';

/**
 * Whole milliseconds before the n-th retry, counted from 1.
 *
 * @param random a number in [0, 1)
 */
export function retryDelayMs(backoff: Backoff, retry: number, random: () => number): number {
  switch (backoff.kind) {
    case 'exponential': {
      const grownMs = backoff.baseMs * backoff.factor ** (retry - 1);
      return jittered(Math.min(backoff.capMs, grownMs), random);
    }
    case 'fixed':
      return jittered(backoff.delayMs, random);
    case 'list':
      return backoff.delaysMs[Math.min(retry, backoff.delaysMs.length) - 1] ?? 1;
  }
}

/**
 * Uniform up to the bound, but never none at all: that would be a second try in the same instant.
 */
function jittered(boundMs: number, random: () => number): number {
  return Math.max(1, Math.ceil(random() * boundMs));
}
