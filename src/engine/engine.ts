// Moves jobs along. The doors above see this interface and nothing below it.

import type { BodyWriter } from '../job/body.ts';
import type { Submission } from '../job/checked.ts';
import type { FinalState, Response } from '../job/job.ts';
import type {
  AttemptView,
  CancelResult,
  JobEvent,
  JobPage,
  JobView,
  ListOptions,
  Receipt,
} from '../sendoff.ts';

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
}

export interface Engine {
  /**
   * Stores a group, all or nothing, and resolves after the commit is synced.
   * @throws SendoffError `idempotency_mismatch` (with `index` and `jobId`), `busy`, `stopping`,
   * `storage_full`,
   *   `store_readonly`, `store_unavailable`
   */
  submit(group: readonly Submission[]): Promise<readonly Receipt[]>;
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
  /** @throws SendoffError `invalid_cursor`, `invalid_limit` */
  list(options: ListOptions): Promise<JobPage>;
  /** @throws SendoffError `not_found`, `already_final` */
  cancel(id: string): Promise<CancelResult>;
  /** @throws SendoffError `not_found`, `already_running` */
  retry(id: string): Promise<Receipt>;
  /**
   * Every event after `since` (`<boot>-<n>`), then each as it happens; first a `reset` when some of
   * them are gone or `since` is of another boot. The listener must not throw.
   */
  subscribe(listener: (event: JobEvent) => void, since?: string): () => void;
  /** Tells listeners of something that no job of ours did. */
  announce(event: Announcement): void;
  stats(): Promise<Stats>;
  /** Rejects with the reason if a job cannot be accepted at this moment. */
  ping(): Promise<void>;
  /**
   * Takes no new jobs, lets attempts end for up to `drainMs`, then cuts them; all of it is safe on
   * disk. A second call is the same stop, and may shorten it.
   */
  stop(options?: { readonly drainMs?: number }): Promise<void>;
}
