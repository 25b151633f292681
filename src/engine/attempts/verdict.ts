// What the end of an attempt means for its job. Pure: reads the ended attempt, says what is to be
// written.

import type { AttemptRecord, Spec } from '../../job/job.ts';
import type { Judgement } from '../../job/result.ts';
import { alsoSaying, judge } from '../../job/result.ts';
import { afterAttempt, clockDetail, type NextStep } from '../../job/transition.ts';
import type { Again, Final, Settlement } from '../../store/store.ts';
import type { Ended } from './deliver.ts';
import type { HeldJob } from './held-job.ts';

export interface Keep {
  readonly responseMs: number;
  readonly jobMs: number;
  readonly failedMs: number;
}

export interface Verdict {
  readonly settlement: Settlement;
  /** The whole queue waits until then: the target asked for patience. */
  readonly holdUntilAt?: number;
}

export interface VerdictContext {
  readonly now: number;
  readonly keep: Keep;
  readonly random: () => number;
}

export function verdictOn(job: HeldJob, ended: Ended, given: VerdictContext): Verdict {
  const { outcome } = ended;
  const context = { ...given, keep: keepOf(given.keep, job.spec) };
  const wasCut = outcome.kind === 'error' && outcome.error === 'aborted';
  if (wasCut && job.cut === 'cancel') return cancelled(job, ended, context);
  if (wasCut) {
    const hadItsOnce = job.spec.delivery === 'at-most-once' && outcome.isSent;
    return hadItsOnce ? cutOnce(job, ended, context) : interrupted(job, ended, context);
  }
  const judgement = judge(outcome, context.now, job.spec.retry.rules);
  const after = afterOf(job, ended, judgement, context);
  const record = recordOf(job, ended, { judgement, after, now: context.now });
  const next = nextOf(job, ended, after, context);
  const settlement = { seq: job.seq, attempt: job.attempt, record, next };
  const { holdUntilAt } = judgement;
  return holdUntilAt === undefined ? { settlement } : { settlement, holdUntilAt };
}

function afterOf(
  job: HeldJob,
  { startedAt }: Ended,
  judgement: Judgement,
  { now, random }: VerdictContext,
): NextStep {
  const { triesUsed, expiresAt, spec } = job;
  const isOnce = spec.delivery === 'at-most-once';
  const retryUntilAt = retryUntil(job, startedAt);
  const { retry } = spec;
  return afterAttempt({
    ...{ judgement, retry, isOnce, triesUsed, now, expiresAt, retryUntilAt, random },
  });
}

function nextOf(
  job: HeldJob,
  { outcome, startedAt }: Ended,
  after: NextStep,
  { now, keep }: VerdictContext,
): Final | Again {
  if (after.kind === 'again') {
    // Cancelled while its answer came in: what is left of it, the retry, is what is taken back.
    if (job.cut === 'cancel') return finalOf({ state: 'cancelled' }, { now, keep });
    const { runAt, triesUsed } = after;
    const expiresAt = Math.min(job.expiresAt, retryUntil(job, startedAt) ?? job.expiresAt);
    return { kind: 'again', runAt, expiresAt, triesUsed, deaths: 0 };
  }
  const response = outcome.kind === 'response' ? { response: outcome.response } : {};
  return { ...finalOf(after, { now, keep }), ...response };
}

/** `within` counts from the first try. */
function retryUntil({ retryUntilAt, spec }: HeldJob, startedAt: number): number | undefined {
  const { withinMs } = spec.retry;
  return retryUntilAt ?? (withinMs === undefined ? undefined : startedAt + withinMs);
}

/** How long a job is remembered: as it says itself, or as the server keeps such jobs. */
export function keepOf(keep: Keep, { keep: own }: Pick<Spec, 'keep'>): Keep {
  if (own === undefined) return keep;
  const { jobMs = keep.jobMs, responseMs = keep.responseMs } = own;
  return { jobMs, failedMs: own.jobMs ?? keep.failedMs, responseMs };
}

/** A final state and how long it is remembered. */
export function finalOf(
  end: Pick<Final, 'state' | 'reason' | 'clock'>,
  { now, keep }: { readonly now: number; readonly keep: Keep },
): Final {
  const keepJobMs = end.state === 'failed' ? keep.failedMs : keep.jobMs;
  return {
    kind: 'final',
    state: end.state,
    ...(end.reason !== undefined && { reason: end.reason }),
    ...(end.clock !== undefined && { clock: end.clock }),
    settledAt: now,
    keepResponseUntilAt: now + Math.min(keep.responseMs, keepJobMs),
    keepJobUntilAt: now + keepJobMs,
  };
}

function saidOf({ detail }: Judgement, { clock }: Extract<NextStep, { kind: 'final' }>) {
  return clock === undefined ? detail : alsoSaying(detail, clockDetail[clock]);
}

interface Judged {
  readonly judgement: Judgement;
  readonly after: NextStep;
  readonly now: number;
}

function recordOf(
  job: HeldJob,
  { startedAt }: Ended,
  { judgement, after, now }: Judged,
): AttemptRecord {
  const { result, status, error } = judgement;
  const detail = after.kind === 'final' ? saidOf(judgement, after) : judgement.detail;
  return {
    number: job.attempt,
    startedAt,
    endedAt: now,
    result,
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error }),
    ...(detail !== undefined && { detail }),
  };
}

function cancelled(job: HeldJob, { startedAt }: Ended, { now, keep }: VerdictContext): Verdict {
  const record: AttemptRecord = {
    number: job.attempt,
    startedAt,
    endedAt: now,
    result: 'cancelled',
    error: 'aborted',
    detail: 'It was cut off because the job was cancelled',
  };
  const next = finalOf({ state: 'cancelled' }, { now, keep });
  return { settlement: { seq: job.seq, attempt: job.attempt, record, next } };
}

/** Cut by our own stop: nobody knows how far it came, and it is not to begin again. */
function cutOnce(job: HeldJob, ended: Ended, { now, keep }: VerdictContext): Verdict {
  const { seq, attempt } = job;
  const next = finalOf({ state: 'failed', reason: 'unknown' }, { now, keep });
  return { settlement: { seq, attempt, record: cutRecord(job, ended, now), next } };
}

function cutRecord({ attempt, spec }: HeldJob, { startedAt }: Ended, now: number): AttemptRecord {
  const what = spec.target.kind === 'command' ? 'command was ended' : 'connection was closed';
  return {
    number: attempt,
    startedAt,
    endedAt: now,
    result: 'interrupted',
    error: 'aborted',
    detail: `The ${what} because the server stopped`,
  };
}

/** Cut by our own stop: tried again at once, and no retry is used up. */
function interrupted(job: HeldJob, ended: Ended, { now }: VerdictContext): Verdict {
  const { seq, attempt, triesUsed, deaths } = job;
  const record = cutRecord(job, ended, now);
  const expiresAt = Math.min(job.expiresAt, job.retryUntilAt ?? job.expiresAt);
  const next: Again = { kind: 'again', runAt: now, expiresAt, triesUsed, deaths };
  return { settlement: { seq, attempt, record, next } };
}
