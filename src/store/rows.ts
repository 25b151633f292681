// What a store gives to those who look: jobs, pages of them, groups.

import type { Cause } from '../job/cause.ts';
import type { FailReason, JobClock, Level, Response, State } from '../job/job.ts';

/** A job as people see it. */
export interface JobRow {
  readonly seq: number;
  readonly id: string;
  /** Never `running`: that is known to the owner's memory alone. */
  readonly state: Exclude<State, 'running'>;
  readonly reason: FailReason | null;
  readonly clock: JobClock | null;
  readonly queue: string;
  readonly priority: Level;
  readonly createdAt: number;
  readonly runAt: number;
  readonly expiresAt: number;
  readonly settledAt: number | null;
  readonly attempts: number;
  readonly spec: string;
  readonly bodyBytes: number;
  readonly response: Omit<Response, 'body'> | null;
  /** The response was there and has been pruned. */
  readonly isResponsePruned: boolean;
}

/** A waiting job whose time is over. */
export interface Expired {
  readonly seq: number;
  readonly id: string;
  /** Number of the attempt that would have been next. */
  readonly attempt: number;
  readonly triesUsed: number;
  readonly expiresAt: number;
}

export interface ListQuery {
  readonly queue?: string;
  readonly state?: Exclude<State, 'running'>;
  readonly tag?: string;
  /** Part of the target's URL. */
  readonly url?: string;
  /** Number of the cause of which they failed. */
  readonly cause?: number;
  /** Continue below this sequence number (newest first). */
  readonly beforeSeq?: number;
  readonly limit: number;
}
export interface ListPage {
  readonly jobs: readonly JobRow[];
  /** Where to go on; null at the end. */
  readonly nextBeforeSeq: number | null;
  /** The scan stopped at `limits.scanRows` or `limits.scanMs` before it had a full page. */
  readonly isPartial: boolean;
}

export interface GroupRow {
  readonly id: string;
  readonly createdAt: number;
  readonly spec: string;
  /** In the order of the hand-over; a job may stand in several groups, or twice in one. */
  readonly members: readonly (readonly [key: string, jobId: string])[];
}

/** Failed jobs that have a cause in common. */
export interface CauseRow extends Cause {
  readonly number: number;
  /** How many are failed of it now. */
  readonly jobs: number;
  /** Since when there has been one. */
  readonly firstAt: number;
  /** When the last one failed. */
  readonly lastAt: number;
  /** The newest of these jobs; null if it has gone while this was read. */
  readonly sampleId: string | null;
}
export interface CauseQuery {
  readonly origin?: string;
  readonly limit: number;
}
export interface CausePage {
  /** Most jobs first. */
  readonly causes: readonly CauseRow[];
  /** There are more than `limit`. */
  readonly isPartial: boolean;
}
