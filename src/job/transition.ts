// The life of a job: every change of state stands in one table, and what follows an attempt is
// decided here.
//
//   pending ──start──▶ running ──succeed──▶ succeeded
//      ▲                  ├──reject, give-up, expire──▶ failed
//      ├─retry, interrupt─┤
//      └─────reopen──── (succeeded, failed, cancelled) ◀──cancel── (pending, running)

import { assert } from '../errors.ts';
import { retryDelayMs } from './backoff.ts';
import type { FailReason, FinalState, JobClock, RetryPolicy, State } from './job.ts';
import type { Judgement } from './result.ts';

export type TransitionEvent =
  | 'start'
  | 'succeed'
  /** No further try will help. */
  | 'reject'
  | 'retry'
  /** No further try is left, or the job killed its process. */
  | 'give-up'
  /** The process died or stopped under the attempt. */
  | 'interrupt'
  | 'cancel'
  | 'expire'
  /** A person sends it on its way again. */
  | 'reopen';

type Row = Readonly<Partial<Record<TransitionEvent, State>>>;

const TABLE: Readonly<Record<State, Row>> = {
  pending: {
    start: 'running',
    'give-up': 'failed',
    cancel: 'cancelled',
    expire: 'failed',
    reopen: 'pending',
  },
  running: {
    succeed: 'succeeded',
    reject: 'failed',
    retry: 'pending',
    'give-up': 'failed',
    interrupt: 'pending',
    cancel: 'cancelled',
    expire: 'failed',
  },
  succeeded: { reopen: 'pending' },
  failed: { reopen: 'pending' },
  cancelled: { reopen: 'pending' },
};

/** The state after an event; undefined if the event cannot happen in this state. */
export function transition(state: State, event: TransitionEvent): State | undefined {
  return TABLE[state][event];
}

export interface AfterAttempt {
  readonly judgement: Judgement;
  readonly retry: RetryPolicy;
  /** Once it has begun there is no second try. @default false */
  readonly isOnce?: boolean;
  /** Tries that counted before this attempt. */
  readonly triesUsed: number;
  readonly now: number;
  readonly expiresAt: number;
  /** No retry begins after that. @default none such */
  readonly retryUntilAt?: number | undefined;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export type NextStep =
  | {
      readonly kind: 'final';
      readonly state: FinalState;
      readonly reason?: FailReason;
      /** Which clock lets no other try follow. */
      readonly clock?: keyof typeof clockDetail;
    }
  | { readonly kind: 'again'; readonly runAt: number; readonly triesUsed: number };

/** What becomes of a running job after an attempt that ended by itself. */
export function afterAttempt(input: AfterAttempt): NextStep {
  const { judgement, retry, now, expiresAt, retryUntilAt = Number.POSITIVE_INFINITY } = input;
  if (judgement.result === 'success') return final('succeed');
  if (judgement.result === 'reject') return rejected(judgement);
  const hadItsOnce = input.isOnce === true && judgement.isSent;
  const { limit = retry.limit, backoff = retry.backoff } = judgement.rule ?? {};
  if (hadItsOnce || input.triesUsed >= limit) return givenUp(judgement);
  const triesUsed = input.triesUsed + 1;
  const delayMs = retryDelayMs(backoff, triesUsed, input.random);
  const runAt = Math.max(now + delayMs, judgement.notBeforeAt ?? now);
  if (runAt <= Math.min(expiresAt, retryUntilAt)) return { kind: 'again', runAt, triesUsed };
  const isDeadline = expiresAt <= retryUntilAt;
  return isDeadline
    ? { ...final('expire', 'expired'), clock: 'deadline' }
    : { ...givenUp(judgement), clock: 'within' };
}

/** What an attempt says of the clock that let no other one follow. */
export const clockDetail: Readonly<Record<Exclude<JobClock, 'startBy'>, string>> = {
  deadline: 'its deadline comes before another try could',
  within: 'no retry would begin `within` its time',
};

/** A rule may end what could as well be tried again: then it stays open what became of it. */
function rejected(judgement: Judgement): NextStep {
  const isUnknown = judgement.rule !== undefined && isUnanswered(judgement);
  return final('reject', isUnknown ? 'unknown' : 'rejected');
}

function givenUp(judgement: Judgement): Extract<NextStep, { kind: 'final' }> {
  return final('give-up', isUnanswered(judgement) ? 'unknown' : 'exhausted');
}

function final(event: TransitionEvent, reason?: FailReason): Extract<NextStep, { kind: 'final' }> {
  const state = transition('running', event);
  assert(state !== undefined && state !== 'pending' && state !== 'running', `${event} is final`);
  return reason === undefined ? { kind: 'final', state } : { kind: 'final', state, reason };
}

/** Bytes went out and no status came back: it may or may not have been carried out. */
function isUnanswered(judgement: Judgement): boolean {
  return judgement.isSent && judgement.status === undefined;
}
