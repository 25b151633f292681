// An attempt that failed because our own network is gone is on record, and uses up nothing: its job
// has the same tries as before.

import { limits } from '../../limits.ts';
import type { Again, Final } from '../../store/store.ts';
import type { HeldJob } from '../attempts/held-job.ts';
import type { Verdict } from '../attempts/verdict.ts';

export function forgive(job: HeldJob, verdict: Verdict, now: number): Verdict {
  const { settlement } = verdict;
  const { next } = settlement;
  if (next.kind !== 'again' && !isUsedUp(job, next)) return verdict;
  const runAt = now + limits.brakeProbeMs;
  const { triesUsed } = job;
  // No retry begins after its time for retries, whoever is to blame.
  const expiresAt = Math.min(job.expiresAt, job.retryUntilAt ?? job.expiresAt);
  if (runAt >= expiresAt) return verdict;
  const again: Again = { kind: 'again', runAt, expiresAt, triesUsed, deaths: 0 };
  const record = settlement.record && { ...settlement.record, result: 'retry' as const };
  return { ...verdict, settlement: { ...settlement, ...(record && { record }), next: again } };
}

/**
 * It would go on if it had tries left. A caller's rule that ends it (`rejected`) still does, and
 * what may have been carried out is not sent again if it is to arrive at most once.
 */
function isUsedUp({ spec }: HeldJob, { reason }: Final): boolean {
  if (reason === 'unknown') return spec.delivery !== 'at-most-once';
  return reason === 'exhausted';
}
