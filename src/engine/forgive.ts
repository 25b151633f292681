// An attempt that failed because our own network is gone is on record, and uses up nothing: its job
// has the same tries as before.

import { limits } from '../limits.ts';
import type { Again } from '../store/store.ts';
import type { HeldJob } from './held-job.ts';
import type { Verdict } from './verdict.ts';

export function forgive(job: HeldJob, verdict: Verdict, now: number): Verdict {
  const { settlement } = verdict;
  const { next } = settlement;
  const isUsedUp = next.kind === 'final' && next.state === 'failed' && next.reason !== 'expired';
  if (next.kind !== 'again' && !isUsedUp) return verdict;
  const runAt = now + limits.brakeProbeMs;
  const { expiresAt, triesUsed } = job;
  if (runAt >= expiresAt) return verdict;
  const again: Again = { kind: 'again', runAt, expiresAt, triesUsed, deaths: 0 };
  const record = settlement.record && { ...settlement.record, result: 'retry' as const };
  return { ...verdict, settlement: { ...settlement, ...(record && { record }), next: again } };
}
