// Several requests as one: what goes in and what comes out. Keys and their types are kept, so that
// `const { jd, wx } = await so.all({ jd, wx })` knows what it has; a list gives a list.

import type { FailReason } from './job/job.ts';
import type { DeliveryOptions, Duration, SendInput } from './send-input.ts';

/** One request of a group. */
export type GroupRequest = string | URL | Request | SendInput;

/** Requests under names of the caller's, or as a list. At most 1,000. */
export type GroupRequests = readonly GroupRequest[] | { readonly [name: string]: GroupRequest };

/** How a group is sent. Delivery options hold for every request that does not say otherwise. */
export interface AllOptions extends Omit<DeliveryOptions, 'key'> {
  /** Of the group. Handing over the same id and content again is harmless. */
  readonly id?: string;
  /** How long the caller waits for results. @default until every request is settled */
  readonly wait?: Duration;
  /**
   * `false`: sent at once from this process, without a store; no retries unless asked for, and
   * nothing goes on after the wait.
   * @default true
   */
  readonly durable?: boolean;
  /** Requests under way at once, 1 to 1,000; only with `durable: false`. @default 100 */
  readonly concurrency?: number;
  /** Ends the waiting; with `durable: false` the requests too. */
  readonly signal?: AbortSignal;
}

/**
 * Why there is no success. `aborted`: the caller gave up; `cancelled`: somebody cancelled the job;
 * `pruned`: the job is no longer kept.
 */
export type GroupReason = FailReason | 'cancelled' | 'aborted' | 'pruned';

/** The target answered with 2xx. */
export interface GroupSuccess<Key = string | number> {
  readonly ok: true;
  readonly key: Key;
  readonly state: 'succeeded';
  /** The job, where one was stored. */
  readonly id?: string;
  readonly response: globalThis.Response;
  /** From the hand-over to the outcome, milliseconds. */
  readonly ms: number;
}

/** It is over and there is no success. */
export interface GroupFailure<Key = string | number> {
  readonly ok: false;
  readonly key: Key;
  readonly state: 'failed' | 'cancelled';
  readonly id?: string;
  readonly reason: GroupReason;
  /** What the last attempt met, as in the job's attempts: `timeout`, `refused`, `status`, … */
  readonly error?: string;
  /** One sentence for people. */
  readonly detail?: string;
  /** The target's answer, if one came: a 404 say. */
  readonly response?: globalThis.Response;
  readonly ms: number;
}

/** Too late for this caller: the job goes on in the background. */
export interface GroupPending<Key = string | number> {
  readonly ok: false;
  readonly key: Key;
  readonly state: 'pending';
  readonly id: string;
}

/** What became of a request that no job stands for. */
export type DirectResult<Key = string | number> = GroupSuccess<Key> | GroupFailure<Key>;

/** What became of one request of a group. */
export type GroupResult<Key = string | number> = DirectResult<Key> | GroupPending<Key>;

/** The results under the keys of the requests. */
export type GroupResults<Requests> = Requests extends readonly unknown[]
  ? { -readonly [Place in keyof Requests]: GroupResult<number> }
  : { -readonly [Key in keyof Requests]: GroupResult<Key & string> };

/** The same, where nothing stays behind. */
export type DirectResults<Requests> = Requests extends readonly unknown[]
  ? { -readonly [Place in keyof Requests]: DirectResult<number> }
  : { -readonly [Key in keyof Requests]: DirectResult<Key & string> };

/** The key of one result: a name of the record, or a place in the list. */
export type GroupKey<Requests> = Requests extends readonly unknown[]
  ? number
  : keyof Requests & string;

/**
 * Await it for all results under their keys; iterate it for each as it comes. Both may be done.
 * Leaving an iteration early ends nothing but the iteration.
 */
export type GroupRun<Results, Result> = Promise<Results> & AsyncIterable<Result>;
