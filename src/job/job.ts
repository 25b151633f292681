// What a job is. `Spec` is fixed when the job is handed over and never changes; everything that
// moves (state, runAt, attempts) lives beside it in the store.

import type { OwnKeep } from './keep.ts';

/** `running` is known only to the node that runs the job; on disk the job is still pending. */
export type State = 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** The states a job ends in. */
export type FinalState = 'succeeded' | 'failed' | 'cancelled';

/** Why a job failed. */
export type FailReason =
  /** Every try that it had came to `retry`. */
  | 'exhausted'
  /** The target answered with a status that no further try will change. */
  | 'rejected'
  /** Its deadline passed, or it could not start in time. */
  | 'expired'
  /**
   * The last try began and got no answer: it may or may not have been carried out. So ends, too, a
   * job that runs at most once and was under way when its process died.
   */
  | 'unknown'
  /** The process died every time it was tried, the last time with nothing else under way. */
  | 'poison';

/** The clock that ended a job: the option of this name. */
export type JobClock = 'startBy' | 'deadline' | 'within';

/** Why a pending job is not being tried at this moment. */
export type WaitReason =
  /** Its `runAt` has not come. */
  | 'delay'
  /** It has been tried, and waits for its next try. */
  | 'retry'
  /** An earlier job of its ordered queue has not settled. */
  | 'order'
  | 'paused'
  /** Of a pace: its queue's, its limit's, the target's (asked for or learned). */
  | 'rate'
  /** All attempts at once that some budget allows are under way. */
  | 'concurrency'
  /** Its target fails; now and then one job is tried. */
  | 'circuit'
  /** Most of the network seems to be gone. */
  | 'brake'
  /** The disk is full, or too slow to take results. */
  | 'disk'
  /** The server has just started after a crash, or stops. */
  | 'server'
  /** Nothing holds it: its turn is next. */
  | 'turn';

/** What one attempt came to. */
export type Result = 'success' | 'retry' | 'reject' | 'interrupted' | 'cancelled';

/** Header lines in the order and spelling in which they go out or came in. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** A request to be made. */
export interface HttpTarget {
  readonly kind: 'http';
  readonly method: string;
  /** Canonical absolute URL, http or https, without credentials or fragment. */
  readonly url: string;
  readonly headers: HeaderLines;
}

/** A program to be run; its standard input is the job's body. */
export interface CommandTarget {
  readonly kind: 'command';
  /** As the operator named it; absent: `program` is the caller's own. */
  readonly name?: string;
  /** Absolute path; only without `name`. */
  readonly program?: string;
  /** What the caller adds to what the operator's configuration begins with. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs; only without `name`. */
  readonly folder?: string;
}

/** What a job calls. */
export type Target = HttpTarget | CommandTarget;

/** Delay before the n-th retry. Only `exponential` and `fixed` have jitter. */
export type Backoff =
  | {
      readonly kind: 'exponential';
      readonly baseMs: number;
      readonly factor: number;
      readonly capMs: number;
    }
  | { readonly kind: 'fixed'; readonly delayMs: number }
  | { readonly kind: 'list'; readonly delaysMs: readonly number[] }
  /** A formula over `retried`, in milliseconds: see `retry-expression.ts`. */
  | { readonly kind: 'expression'; readonly text: string; readonly capMs: number };

export interface RetryPolicy {
  /** Tries after the first. */
  readonly limit: number;
  readonly backoff: Backoff;
  /** From the beginning of the first try: no retry begins after that. */
  readonly withinMs?: number;
  /** The first that fits a result decides about it. */
  readonly rules?: readonly RetryRule[];
}

/** What a result is that is no success. */
export interface RetryRule {
  /** From and to, both included. */
  readonly statuses?: readonly (readonly [least: number, most: number])[];
  /** Codes and classes of `attempt-error.ts`. */
  readonly errors?: readonly string[];
  /** Whether a byte of the request had gone out. */
  readonly isSent?: boolean;
  readonly do: 'retry' | 'never';
  /** In place of the policy's. */
  readonly limit?: number;
  readonly backoff?: Backoff;
}

/** The immutable part of a job; stored as one JSON text. Absent means default of `limits.ts`. */
export interface Spec {
  readonly target: Target;
  /**
   * What attempts wear on the wire (headers, signature); faces bring their own.
   * @default 'plain'
   */
  readonly dress?: string;
  readonly retry: RetryPolicy;
  /** Total for one attempt, milliseconds. */
  readonly timeoutMs: number;
  /** Limits within it, of a request; absent: the deliverer's. */
  readonly connectMs?: number;
  readonly firstByteMs?: number;
  readonly idleMs?: number;
  /** The job fails as `expired` when it has not begun its first try by this instant. */
  readonly startByAt?: number;
  /** With `startByAt` or `retry.withinMs`: the deadline that holds once a try has begun. */
  readonly deadlineAt?: number;
  /** The caller's key, sent to the target as `idempotency-key`; else the job id is. */
  readonly key?: string;
  /** W3C trace context of the caller, continued by every attempt. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** `at-most-once`: an attempt that may have begun is never followed by another. */
  readonly delivery?: 'at-most-once';
  readonly tags?: readonly string[];
  /** Name of the limit under which it runs. */
  readonly limit?: string;
  /** How long it is remembered, where it says so itself. */
  readonly keep?: OwnKeep;
  /** Id of the job of which it is a resend. */
  readonly resentFrom?: string;
  /** Name of the publishable route that it came by. */
  readonly route?: string;
}

/** Lower number, sooner. Level 2 is the default. */
export type Priority = 0 | 1 | 2 | 3;

/** As stored: jobs of an ordered queue have no priority and stand on a level of their own. */
export type Level = Priority | 4;

export const ORDERED_LEVEL: Level = 4;

/** The record of one attempt. */
export interface AttemptRecord {
  /** Counted from 1 over the whole life of the job. */
  readonly number: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly result: Result;
  /** HTTP status, if one came. */
  readonly status?: number;
  /** Stable code of what went wrong: `connect_timeout`, `refused`, `dns_failed`, … */
  readonly error?: string;
  /** One sentence for people; never holds secrets. */
  readonly detail?: string;
}

/** What the target answered, kept whole unless a limit cut it. */
export interface Response {
  readonly status: number;
  readonly headers: HeaderLines;
  /** The whole body if it is small; null if it is in chunks under `bodyId`. */
  readonly body: Uint8Array | null;
  readonly bodyId: number | null;
  readonly bodyBytes: number;
  /** Cut because it was larger than the limit. */
  readonly isTruncated: boolean;
  /** The connection ended before the body did. */
  readonly isIncomplete: boolean;
  /** How a command ended; the body is its standard output. */
  readonly exit?: Exit;
}

/** How a command ended: one of `code` and `signal` is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last of its standard error, at most `limits.stderrBytes`. */
  readonly stderr: string;
}
