// How long to wait before the next try. Full jitter: jobs that failed together do not come back
// together, and on the average they come back in half the time.

import { limits } from '../limits.ts';
import type { Backoff } from './job.ts';
import { parseExpression } from './retry-expression.ts';

/** Of a job that says nothing about it. */
export const USUAL: Backoff = {
  kind: 'exponential',
  baseMs: limits.backoffBaseMs,
  factor: limits.backoffFactor,
  capMs: limits.backoffCapMs,
};

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
    case 'expression':
      return computed(backoff, retry - 1) ?? retryDelayMs(USUAL, retry, random);
  }
}

/** Undefined where the expression gives no number, as a division of zero by zero. */
function computed(
  { text, capMs }: Extract<Backoff, { kind: 'expression' }>,
  retried: number,
): number | undefined {
  const ms = parseExpression(text, 'retry.expression')(retried);
  return Number.isNaN(ms) ? undefined : Math.ceil(Math.min(Math.max(ms, 1), capMs));
}

/**
 * Uniform up to the bound, but never none at all: that would be a second try in the same instant.
 */
function jittered(boundMs: number, random: () => number): number {
  return Math.max(1, Math.ceil(random() * boundMs));
}
