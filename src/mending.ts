// Looking at what went wrong, and mending it: failed jobs by cause, resending, operations on many
// jobs. Types only; the verbs of `Sendoff` that come from here are the same in each home.

import type { FailReason, State } from './job/job.ts';
import type { DeliveryOptions, SendInit } from './send-input.ts';

/** Failed jobs that have a cause in common. Instants are ISO 8601, UTC. */
export interface CauseView {
  /** For `cause` in lists; the same as long as the cause is the same. */
  readonly id: string;
  /** Scheme, host and port of the target; of a command `command:<name>`. */
  readonly origin: string;
  readonly reason: FailReason;
  /** HTTP status that the last attempt met. */
  readonly status?: number;
  /** What the last attempt met, such as `refused`. */
  readonly error?: string;
  /** How many jobs are failed of it now. */
  readonly jobs: number;
  /** Since when there has been one. */
  readonly firstAt: string;
  /** When the last one failed. */
  readonly lastAt: string;
  /** The newest of these jobs. */
  readonly sample?: string;
}

export interface CauseOptions {
  /** Only what failed at this origin. */
  readonly origin?: string;
  /** Groups at the most, 1 to 1,000. @default 100 */
  readonly limit?: number;
}

export interface CausePage {
  /** Most jobs first. */
  readonly causes: readonly CauseView[];
  /** There are more than `limit`. */
  readonly partial?: boolean;
}

/** What is different in a job that is handed over again. */
export interface ResendEdits extends DeliveryOptions {
  readonly url?: string | URL;
  readonly method?: string;
  /** Headers of these names take the place of the old ones; null takes one away. */
  readonly headers?:
    | Readonly<Record<string, string | readonly string[] | null>>
    | Iterable<readonly [string, string]>
    | Headers;
  /** In place of the old body. */
  readonly body?: SendInit['body'];
  /** The same as JSON; `content-type` says so. */
  readonly json?: unknown;
  /** The same as a form; `content-type` says so. */
  readonly form?: SendInit['form'];
  /** Of a command. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Of a command, in place of the old one. */
  readonly input?: SendInit['body'];
  /** Stops the hand-over, never the job. */
  readonly signal?: AbortSignal;
}

type Instant = string | number | Date;

/** Which jobs; each field narrows. A filter that says nothing is refused. */
export interface BulkFilter {
  /** Every job that the action is for. Nothing but `state` may stand beside it. */
  readonly all?: true;
  /** One or some. @default `failed`; of `cancel` `pending` and `running` */
  readonly state?: State | readonly State[];
  readonly queue?: string;
  readonly tag?: string;
  /** Part of the target's URL. */
  readonly url?: string;
  readonly reason?: FailReason;
  /** Id of a cause. */
  readonly cause?: string;
  /** What the last attempt met. */
  readonly error?: string;
  /** HTTP status that the last attempt met. */
  readonly status?: number;
  readonly createdAfter?: Instant;
  readonly createdBefore?: Instant;
  readonly settledAfter?: Instant;
  readonly settledBefore?: Instant;
  /** At most 1,000. */
  readonly ids?: readonly string[];
}

export interface BulkRequest {
  /**
   * `retry`: waiting jobs now, settled ones again with a fresh budget of tries. `cancel`: as one by
   * one. `resend`: each is handed over again as another job.
   */
  readonly action: 'retry' | 'cancel' | 'resend';
  readonly filter: BulkFilter;
  /** Of `resend`: what is different in all of them. */
  readonly edits?: Pick<ResendEdits, 'url' | 'method' | 'headers'> &
    Omit<DeliveryOptions, 'id' | 'key'>;
  /**
   * Of the operation: any lower-case hyphenated UUID. The same id and request again is the same
   * operation.
   * @default a fresh UUIDv7
   */
  readonly id?: string;
}

export interface BulkPreview {
  /** How many jobs are meant at this moment. */
  readonly jobs: number;
  /** Counting stopped after five seconds; there are more. */
  readonly partial?: boolean;
  /** Ids of the first ten. */
  readonly sample: readonly string[];
}

/** An operation on many jobs. Instants are ISO 8601, UTC. */
export interface BulkView {
  readonly id: string;
  readonly state: 'running' | 'done' | 'aborted';
  readonly action: BulkRequest['action'];
  readonly filter: Readonly<Record<string, unknown>>;
  readonly edits?: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly endedAt?: string;
  /** How many jobs were meant when it began. */
  readonly expected: Pick<BulkPreview, 'jobs' | 'partial'>;
  readonly progress: {
    /** Jobs that were looked at. */
    readonly looked: number;
    /** Those among them that are meant. */
    readonly matched: number;
    readonly done: number;
    /**
     * What was left alone: `running` and `due` need no retry, `waiting` is not running, `changed`
     * is another than when it was looked at.
     */
    readonly skipped: Readonly<Record<string, number>>;
    /** What could not be done, by error code. */
    readonly failed: Readonly<Record<string, number>>;
  };
}

/** Operations on many jobs. They are on disk, and go on after a restart. */
export interface BulkVerbs {
  /** How many jobs are meant, before anything is done. */
  preview(request: Omit<BulkRequest, 'id'>): Promise<BulkPreview>;
  /** @throws SendoffError `invalid_field`, `idempotency_mismatch`, `busy` */
  start(request: BulkRequest): Promise<BulkView & { readonly duplicate: boolean }>;
  get(id: string): Promise<BulkView | undefined>;
  /** The newest hundred. */
  list(): Promise<readonly BulkView[]>;
  /** Nothing more is done from now on; what was done stays. @throws SendoffError `not_found` */
  abort(id: string): Promise<BulkView>;
}

/** What can be asked and done about jobs that went wrong. */
export interface Mending {
  /** Failed jobs by cause, most jobs first. The numbers are kept, not counted. */
  causes(options?: CauseOptions): Promise<CausePage>;
  readonly bulk: BulkVerbs;
}
