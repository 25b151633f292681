// What can be said of a request and of its delivery: fetch's arguments, and the options that every
// verb which hands something over takes.

import type { AttemptErrorClass, AttemptErrorCode } from './job/attempt-error.ts';
import type { LimitValues, QueueValues } from './job/budget-values.ts';

/** Milliseconds, or text with a unit: `'800ms'`, `'2s'`, `'5m'`, `'1h'`, `'7d'`, `'2w'`. */
export type Duration = number | string;

/** How far apart retries are. Full jitter unless `delays` or `expression` is given. */
export interface BackoffOptions {
  /** @default 'exponential' */
  readonly backoff?: 'exponential' | 'fixed';
  /** First delay. @default '2s' */
  readonly base?: Duration;
  /** Growth per retry (exponential). @default 4 */
  readonly factor?: number;
  /** Longest delay (exponential, expression). @default '1h'; of an expression 366 days */
  readonly cap?: Duration;
  /**
   * Exact delays, one per retry, without jitter; the last one repeats. Replaces backoff, base,
   * factor, cap.
   */
  readonly delays?: readonly Duration[];
  /**
   * Milliseconds as a formula, without jitter: `'pow(2, retried) * 1000'`. `retried` is 0 for the
   * first retry; + - * / %, parentheses, pow sqrt abs exp floor ceil round min max. Below 1 it is
   * 1 ms, above `cap` it is that, and where it gives no number the usual backoff is taken.
   */
  readonly expression?: string;
}

/** What is retried, how often and how far apart. */
export interface RetryOptions extends BackoffOptions {
  /** Tries after the first. @default 8 */
  readonly limit?: number;
  /**
   * From the beginning of the first try: no retry begins after that. One under way goes on.
   * @default no bound but the deadline
   */
  readonly within?: Duration;
  /** The first that fits decides about a result that is no success; at most 20. */
  readonly rules?: readonly RetryRuleOptions[];
}

/** An error of an attempt, or a class of them; `timeout` is the class. */
export type AttemptErrorName = AttemptErrorClass | AttemptErrorCode;

/** A rule without `status`, `error` and `sent` fits every result. */
export interface RetryRuleOptions extends BackoffOptions {
  /** Of the answer: `429`, `'500-599'`, or a list of such, from 300 to 599. Not with `error`. */
  readonly status?: number | string | readonly (number | string)[];
  /** No answer came, for this reason. */
  readonly error?: AttemptErrorName | readonly AttemptErrorName[];
  /** Whether a byte of the request had gone out. */
  readonly sent?: boolean;
  readonly do: 'retry' | 'never';
  /**
   * After a result of this rule there is no retry once so many have been used in all, for
   * whatever reason. @default the limit of the policy
   */
  readonly limit?: number;
}

/** What is said of a queue. */
export interface QueueOption extends QueueValues {
  /** @default the job's own queue */
  readonly name?: string;
}

/** What is said of a limit. */
export interface LimitOption extends LimitValues {
  readonly key: string;
}

/**
 * What can be said about the delivery of a job. The same names in JSON; `Sendoff-<Name>` as
 * headers.
 */
export interface DeliveryOptions {
  /**
   * The job's id: any lower-case hyphenated UUID. Handing over the same id and content again is
   * harmless.
   * @default a fresh UUIDv7
   */
  readonly id?: string;
  /**
   * Idempotency key: for 24 h the same key with the same content is the same job. Also sent to the
   * target.
   */
  readonly key?: string;
  /**
   * The line that the job waits in, and what is said of it: that counts for all its jobs.
   * @default the URL's origin
   */
  readonly queue?: string | QueueOption;
  /** A budget that jobs of any queues share, by its key, and what is said of it. */
  readonly limit?: string | LimitOption;
  /** 0 (soonest) to 3. @default 2 */
  readonly priority?: number;
  /** Not before this much time has passed. */
  readonly delay?: Duration;
  /** Not before this instant: ISO 8601 with a zone, a Date, or milliseconds since 1970. */
  readonly at?: string | number | Date;
  /** Fail as `expired` if the first try has not begun by then. */
  readonly startBy?: string | number | Date;
  /** One attempt, from its start to the last byte. @default '15m' */
  readonly timeout?: Duration;
  /** Name, TCP and TLS of one attempt of a request. @default '10s' */
  readonly connectTimeout?: Duration;
  /** From the last piece of the request going out to the answer beginning. @default none */
  readonly firstByteTimeout?: Duration;
  /** Silence within an answer that has begun. @default '10m' */
  readonly idleTimeout?: Duration;
  /** From the first `runAt` until the job is given up. @default '7d' */
  readonly deadline?: Duration;
  /** Short for `retry: { limit }`. @default 8 */
  readonly retries?: number;
  readonly retry?: RetryOptions;
  /**
   * `at-most-once`: an attempt of which a byte went out, or may have, is never followed by another.
   * @default 'at-least-once'
   */
  readonly delivery?: 'at-least-once' | 'at-most-once';
  readonly tags?: readonly string[];
  /**
   * How long it is remembered once it has settled: a time for the job, or one for each of the job
   * and its answer, which goes with the job at the latest.
   * @default as the server keeps them: answers 24 h, jobs 7 days, failed ones 30
   */
  readonly keep?: Duration | { readonly job?: Duration; readonly response?: Duration };
}

/** fetch's init, and how to deliver. */
export interface SendInit extends DeliveryOptions {
  /** @default GET without a body, POST with one */
  readonly method?: string;
  readonly headers?: RequestInit['headers'];
  readonly body?: RequestInit['body'];
  /** Body as JSON; sets `content-type` unless given. */
  readonly json?: unknown;
  /** Body as a form: urlencoded, or multipart when a value is a Blob or File. */
  readonly form?:
    | Readonly<Record<string, string | number | boolean | Blob>>
    | FormData
    | URLSearchParams;
  /** Added to the URL's query. */
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Stops the hand-over or the waiting, never the job. */
  readonly signal?: AbortSignal;
}

/** A job in a list of jobs. */
export interface SendInput extends Omit<SendInit, 'signal'> {
  readonly url: string | URL;
}
