// Moves jobs along. The doors above see this interface and nothing below it.

import type {
  BudgetListOptions,
  LimitPage,
  LimitView,
  OriginPage,
  QueuePage,
  QueueView,
  Why,
} from '../budget.ts';
import type { BodyWriter } from '../job/body.ts';
import type { BudgetChange } from '../job/budget-values.ts';
import type { Submission } from '../job/checked.ts';
import type { Join } from '../job/group.ts';
import type { FinalState, Response } from '../job/job.ts';
import type { CauseOptions, CausePage } from '../mending.ts';
import type {
  AttemptView,
  CancelResult,
  JobEvent,
  JobPage,
  JobView,
  ListOptions,
  OutputPiece,
  Receipt,
} from '../sendoff.ts';
import type { SettingKind } from '../store/store.ts';
import type { Tallied } from './events/tally.ts';
import type { Refusal, Wish } from './intake/admit.ts';
import type { BulkEngine } from './mending/bulk.ts';
import type { Resending } from './mending/resend.ts';

export type { SettingKind };

/** What a settled job has to give. */
export type Answer =
  | { readonly kind: 'unknown' }
  /** Not settled yet. */
  | { readonly kind: 'waiting'; readonly job: JobView }
  /** Settled without an answer from the target. */
  | { readonly kind: 'none'; readonly job: JobView }
  /** The answer's retention is over. */
  | { readonly kind: 'pruned'; readonly job: JobView }
  | {
      readonly kind: 'answer';
      readonly job: JobView;
      readonly state: FinalState;
      readonly response: Response;
      /** The body, whole or in chunks. */
      readonly read: () => AsyncIterable<Uint8Array>;
    };

/** Several requests handed over as one. */
export interface GroupSubmission {
  /** The caller's id; absent: the engine makes one. */
  readonly id?: string;
  readonly join: Join;
  /** The requests were a list; their keys are its places. */
  readonly isList: boolean;
  /** One for each submission. */
  readonly keys: readonly string[];
  readonly submissions: readonly Submission[];
}

/** A stored group and its jobs. */
export interface Group {
  readonly id: string;
  readonly createdAt: string;
  readonly join: Join;
  readonly isList: boolean;
  /** In the order of the requests. */
  readonly members: readonly { readonly key: string; readonly id: string }[];
}

/** What became of one job. */
export interface JobOutcome {
  readonly id: string;
  /** Never `waiting`. */
  readonly answer: Answer;
  /** What the last attempt met, of a job that failed. */
  readonly error?: string;
  readonly detail?: string;
}

export interface QueueStats {
  readonly queue: string;
  readonly ready: number;
  readonly running: number;
}

/** Counters since start, kept, never counted. */
export interface Stats {
  readonly startedAt: string;
  readonly stored: number;
  readonly duplicates: number;
  readonly attempts: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly retried: number;
  readonly interrupted: number;
  /** Jobs that were not taken, by whose bound it was: `server`, `disk`, `token:<name>`. */
  readonly refused: Readonly<Record<string, number>>;
  /** Jobs that wait for their commit, and how long commits take lately. */
  readonly commits: { readonly waiting: number; readonly ms: number };
  readonly running: number;
  /** Due and held in memory. */
  readonly ready: number;
  readonly queues: readonly QueueStats[];
  readonly store: {
    readonly bytes: number;
    readonly walBytes: number;
    readonly freeDiskBytes: number;
  };
}

/** What happened beside the jobs. */
export interface Announcement {
  readonly type: 'spool.refused';
  readonly file: string;
  readonly error: string;
  readonly detail: string;
}

export interface Engine {
  /**
   * Whether this would be refused at this moment, and why; cheap, and best asked before anything
   * of the work is read. Nothing is kept free for who asks.
   */
  refusal(wish: Wish): Refusal | undefined;
  /**
   * Room in memory for what a caller sends, until the function that comes back is called.
   * @throws SendoffError `busy`, `rate_limited`, `stopping`, `storage_full`
   */
  reserve(wish: Wish): () => void;
  /**
   * Stores a group, all or nothing, and resolves after the commit is synced.
   * @param from the class of the caller, for its fair share @default 'library'
   * @throws SendoffError `idempotency_mismatch` (with `index` and `jobId`), `busy`,
   *   `rate_limited`, `stopping`, `storage_full`, `store_readonly`, `store_unavailable`
   */
  submit(group: readonly Submission[], from?: string): Promise<readonly Receipt[]>;
  /**
   * Stores a group and its jobs, all or nothing. A group whose id and content are there already is
   * not stored again: `duplicate`.
   * @throws SendoffError as `submit`
   */
  submitGroup(
    group: GroupSubmission,
    from?: string,
  ): Promise<Group & Pick<Receipt, 'duplicate' | 'notes'>>;
  group(id: string): Promise<Group | undefined>;
  /**
   * What becomes of these jobs, several at a time, as they settle. Ends when all are settled, after
   * `timeoutMs`, at an abort, and when this engine stops.
   */
  outcomes(
    ids: readonly string[],
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<readonly JobOutcome[]>;
  /** For bodies above `limits.inlineBodyBytes`, before their `submit`. */
  writeBody(): BodyWriter;
  /**
   * Resolves with the settled job, or undefined after `timeoutMs`, an abort, or if there is no such
   * job.
   */
  settled(
    id: string,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<JobView | undefined>;
  get(id: string): Promise<JobView | undefined>;
  attempts(id: string): Promise<readonly AttemptView[] | undefined>;
  answer(id: string): Promise<Answer>;
  /** @throws SendoffError `invalid_cursor`, `invalid_limit`, `invalid_field` */
  list(options: ListOptions): Promise<JobPage>;
  /** @throws SendoffError `invalid_limit` */
  causes(options: CauseOptions): Promise<CausePage>;
  /** @throws SendoffError `not_found`, `already_final` */
  cancel(id: string): Promise<CancelResult>;
  /** @throws SendoffError `not_found`, `already_running` */
  retry(id: string): Promise<Receipt>;
  /** Why a job is not under way; undefined if there is no such job. */
  why(id: string): Promise<Why | undefined>;
  /** Undefined if nothing was ever said of it and no job ever stood in it. */
  queue(name: string): Promise<QueueView | undefined>;
  /** @throws SendoffError `invalid_limit`, `invalid_cursor` */
  queues(page: BudgetListOptions): Promise<QueuePage>;
  limit(name: string): LimitView | undefined;
  /** @throws SendoffError `invalid_limit`, `invalid_cursor` */
  limits(page: BudgetListOptions): LimitPage;
  /** Origins that memory knows: those with attempts under way, waiting, or learned. */
  origins(page: BudgetListOptions): OriginPage;
  /**
   * Sets, takes away, pins or unpins values; they count at once.
   * @throws SendoffError `limit_reached`, `fixed_value`, and as `checkQueueValues`
   */
  changeBudget(kind: SettingKind, name: string, change: BudgetChange): Promise<void>;
  /** Nothing is said of it any more. */
  forgetBudget(kind: SettingKind, name: string): Promise<void>;
  /** Nothing of it begins from now on. What is under way goes on. */
  pause(kind: SettingKind, name: string): Promise<void>;
  resume(kind: SettingKind, name: string): Promise<void>;
  /**
   * Hands a job over again as another one; `prepare` says as which.
   * @throws SendoffError `not_found`, and as `submit`
   */
  resend(id: string, prepare: Resending['prepare'], from?: string): Promise<Receipt>;
  readonly bulk: BulkEngine;
  /**
   * Every event after `since` (`<boot>-<n>`), then each as it happens; first a `reset` when some of
   * them are gone or `since` is of another boot. The listener must not throw.
   */
  subscribe(listener: (event: JobEvent) => void, since?: string): () => void;
  /** Tells listeners of something that no job of ours did. */
  announce(event: Announcement): void;
  /**
   * What a command writes, piece by piece, until its job settles; of a settled job what is kept.
   * Ends early when `signal` aborts or this engine stops.
   * @throws SendoffError `not_found`, `bad_request` if the job runs no command
   */
  output(id: string, signal?: AbortSignal): AsyncIterable<OutputPiece>;
  stats(): Promise<Stats>;
  /** What events since the start add up to. */
  tally(): Tallied;
  /** Rejects with the reason if a job cannot be accepted at this moment. */
  ping(): Promise<void>;
  /**
   * Takes no new jobs, lets attempts end for up to `drainMs`, then cuts them; all of it is safe on
   * disk. A second call is the same stop, and may shorten it.
   */
  stop(options?: { readonly drainMs?: number }): Promise<void>;
}
