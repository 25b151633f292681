// `Sendoff-Retry` in a target's answer: what the target itself says about another try of this one
// job. `never`, or `after=30s`. Junk is read as if it were not there, as in `Retry-After`.

import { limits } from '../limits.ts';
import { parseDuration } from './duration.ts';

export type RetryHint =
  | { readonly kind: 'never' }
  | { readonly kind: 'after'; readonly at: number };

const AFTER = /^after=(\d+(?:\.\d+)?(?:ms|[smhdw]))$/;

/** An instant is at most `limits.retryAfterMs` ahead. */
export function retryHint(value: string | undefined, now: number): RetryHint | undefined {
  if (value === undefined) return undefined;
  const text = value.trim().toLowerCase();
  if (text === 'never') return { kind: 'never' };
  const duration = AFTER.exec(text)?.[1];
  if (duration === undefined) return undefined;
  return { kind: 'after', at: now + boundedMs(duration) };
}

function boundedMs(duration: string): number {
  try {
    return Math.min(parseDuration(duration, { field: 'after' }), limits.retryAfterMs);
  } catch {
    // Longer than any duration may be.
    return limits.retryAfterMs;
  }
}
