// What a store keeps of operations on many jobs. An operation walks over the jobs that were there
// when it began, upwards by sequence number. Looking for the next ones writes nothing; doing
// something with them, and moving the place where the walk stands, is one commit. So it goes on
// after a death exactly where it was, and does nothing twice.

import type { JobFilter } from '../job/job-filter.ts';
import type { JobRow } from './rows.ts';
import type { CancelWaiting, NewJob, Reopen } from './store.ts';

/** A look for jobs, upwards. */
export interface Find {
  readonly filter: JobFilter;
  readonly afterSeq: number;
  readonly belowSeq: number;
  /** Jobs to return at most. A look reads `limits.bulkLookRows` rows at most. */
  readonly limit: number;
}
export interface Found {
  readonly jobs: readonly JobRow[];
  /** Where the look ended. */
  readonly toSeq: number;
  readonly isEnd: boolean;
  /** Rows that were looked at. */
  readonly looked: number;
}

export interface Counted {
  readonly jobs: number;
  /** The count stopped after `limits.bulkCountMs`. */
  readonly isPartial: boolean;
  /** The first of them. */
  readonly sample: readonly string[];
}

export interface NewBulk {
  /** Public id: lower-case hyphenated UUID. */
  readonly id: string;
  /** JSON text of what is to be done, and with which jobs. */
  readonly request: string;
  /** Of the request: the same id with another one is a mismatch. */
  readonly hash: Uint8Array;
  readonly createdAt: number;
  /** Jobs from here on came later. */
  readonly belowSeq: number;
  /** How many there were when it began. */
  readonly expected: Pick<Counted, 'jobs' | 'isPartial'>;
}

export interface BulkProgress {
  readonly looked: number;
  readonly matched: number;
  readonly done: number;
  /** Why jobs were left alone, and how many. */
  readonly skipped: Readonly<Record<string, number>>;
  /** What could not be done, by error code. */
  readonly failed: Readonly<Record<string, number>>;
}

export interface BulkRow {
  readonly id: string;
  readonly request: string;
  readonly hash: Uint8Array;
  readonly state: 'running' | 'done' | 'aborted';
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly belowSeq: number;
  /** Everything up to here is dealt with. */
  readonly cursor: number;
  readonly expected: NewBulk['expected'];
  readonly progress: BulkProgress;
}

export type BulkBegun =
  | { readonly kind: 'begun' | 'repeated'; readonly bulk: BulkRow }
  | { readonly kind: 'mismatch' };

/** A job that is to be handed over again, as another one with the same body. */
export interface Resend {
  readonly fromSeq: number;
  /** Its body is left out here. */
  readonly job: NewJob;
}
export type Resent =
  | { readonly kind: 'stored' }
  /** Nothing new: the job of this id or key, with the same content. */
  | { readonly kind: 'duplicate'; readonly id: string; readonly seq: number }
  | { readonly kind: 'mismatch'; readonly id: string }
  | { readonly kind: 'not_found' };

/** A reopening, of a job that is still as it was seen. */
export interface ReopenSeen extends Reopen {
  readonly seen: Pick<JobRow, 'settledAt' | 'attempts'>;
}

/** When an operation ended, and when it is forgotten. */
export interface BulkEnd {
  readonly at: number;
  readonly pruneAt: number;
}

/** The next jobs of an operation, in one commit with the place where it stands then. */
export interface BulkStep {
  readonly id: string;
  /** Where it stood; elsewhere this step is stale and changes nothing. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** This was all. */
  readonly end?: BulkEnd;
  /** What is known of the progress beside the effects of this step. */
  readonly progress: BulkProgress;
  readonly reopens: readonly ReopenSeen[];
  readonly cancels: readonly CancelWaiting[];
  readonly resends: readonly Resend[];
}
export interface BulkStepped {
  readonly bulk: BulkRow;
  /** false: it has changed since it was seen, or is final. One for each, in their order. */
  readonly reopened: readonly boolean[];
  readonly cancelled: readonly boolean[];
  readonly resent: readonly boolean[];
}

export interface BulkQuery {
  /** Those alone that go on. @default false */
  readonly isRunning?: boolean;
  readonly limit: number;
}

export interface BulkStore {
  find(look: Find): Promise<Found>;
  count(look: Pick<Find, 'filter' | 'belowSeq'>): Promise<Counted>;
  resend(resends: readonly Resend[]): Promise<readonly Resent[]>;
  beginBulk(bulk: NewBulk): Promise<BulkBegun>;
  /** Undefined: it is not running, or stands elsewhere; nothing was changed. */
  stepBulk(step: BulkStep): Promise<BulkStepped | undefined>;
  /** The operation as it is then; one that has ended stays as it is. */
  abortBulk(id: string, end: BulkEnd): Promise<BulkRow | undefined>;
  bulk(id: string): Promise<BulkRow | undefined>;
  /** Newest first. */
  bulks(query: BulkQuery): Promise<readonly BulkRow[]>;
}
