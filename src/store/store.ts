// Where jobs are kept: the contract between the engine and any database. It is narrow and always
// plural, so that a store can put many calls into one commit, and it never needs a scan of the
// backlog.
//
// The shape behind it is the owner log: `job` and `done` are append-only, `todo` holds only what
// waits beyond memory (delayed, retried, over the window, long under way, rescued). The process
// that accepts a job owns it in memory; a job that is neither in `done` nor in `todo` and not below
// the low-water mark is found again by `rescue`. Calls that change something resolve after their
// commit is synced, and are applied in the order in which they were made: a claim never sees less
// than an earlier settle wrote.
//
// Errors (SendoffError): `storage_full`, `store_readonly`, `store_unavailable`, `closed`. After one
// of them nothing of that call is stored.

import type { BodyWriter } from '../job/body.ts';
import type {
  AttemptRecord,
  FailReason,
  FinalState,
  JobClock,
  Level,
  Response,
} from '../job/job.ts';
import type { BulkStore } from './bulk.ts';
import type { Claim, Claimed } from './claim.ts';
import type { DiskStore } from './disk.ts';
import type { Load } from './load.ts';
import type { PastStore } from './past.ts';
import type {
  CausePage,
  CauseQuery,
  Expired,
  GroupRow,
  JobRow,
  ListPage,
  ListQuery,
} from './rows.ts';
import type { QueueStore, SettingRow } from './setting.ts';

export type * from './bulk.ts';
export type { Claim, Claimed } from './claim.ts';
export type * from './disk.ts';
export type { Load } from './load.ts';
export type * from './rows.ts';
export type { Ahead, LinedUp, SettingKind, SettingRow } from './setting.ts';

/** A job as handed to `append`. */
export interface NewJob {
  /** Given by the owner, rising; the order of an ordered queue. */
  readonly seq: number;
  /** Public id: lower-case hyphenated UUID. */
  readonly id: string;
  readonly queue: string;
  readonly priority: Level;
  readonly createdAt: number;
  readonly runAt: number;
  /** When it fails as `expired` unless settled: the deadline, or an earlier `startByAt`. */
  readonly expiresAt: number;
  /** JSON text of `Spec`. */
  readonly spec: string;
  /** The whole body if small, else null. */
  readonly body: Uint8Array | null;
  /**
   * A body written by `writeBody`, else null; it belongs to the job once this append is committed.
   */
  readonly bodyId: number | null;
  readonly bodyBytes: number;
  /**
   * Hash of the content (see `job/content.ts`); null if neither id nor key came from the caller.
   */
  readonly hash: Uint8Array | null;
  readonly dedupe: Dedupe | null;
  /** Written to `todo` as well: delayed, or more than the window holds. */
  readonly isParked: boolean;
}

/** How a job is compared with earlier ones, beside its id. */
export interface Dedupe {
  readonly key: string;
  readonly untilAt: number;
  /** `content`: the same key with other content is a mismatch. `key`: the key alone decides. */
  readonly compare: 'content' | 'key';
}

/** Jobs that are handed over as one. */
export interface NewGroup {
  /** Public id: lower-case hyphenated UUID. */
  readonly id: string;
  readonly createdAt: number;
  /** JSON text of what the group is: how it is joined, and whether its keys are a list's. */
  readonly spec: string;
  /** Of its spec, keys and contents: the same id with another hash is a mismatch. */
  readonly hash: Uint8Array;
  /** One for each job of the call, in their order. */
  readonly keys: readonly string[];
}

export type Appended =
  | { readonly kind: 'stored' }
  /** Nothing new: the job of this id or key, with the same content. */
  | { readonly kind: 'duplicate'; readonly id: string; readonly seq: number };

/** All of the call was stored (or was there already), or nothing because of one of its jobs. */
export type AppendResult =
  | { readonly kind: 'appended'; readonly jobs: readonly Appended[] }
  /** `index` has the id or key of an earlier job (`id`) with other content. */
  | { readonly kind: 'mismatch'; readonly index: number; readonly id: string }
  /** The group of this id was there, with the same hash; nothing new was stored. */
  | { readonly kind: 'group-repeated' }
  | { readonly kind: 'group-mismatch' };

/** An attempt about to be tried. */
export interface Start {
  readonly seq: number;
  readonly attempt: number;
  readonly startedAt: number;
  /** Nothing else is under way: a death now convicts this job. */
  readonly isAlone: boolean;
  /** Its name must outlive a power cut too: it is never to begin again. @default false */
  readonly isOnce?: boolean;
}

/**
 * The end of an attempt, or of a job without one (expired while waiting). Fenced by (seq, attempt).
 */
export interface Settlement {
  readonly seq: number;
  /**
   * The attempt number that the owner believes is current; another one on disk makes this stale.
   */
  readonly attempt: number;
  /** Absent when no attempt was made. */
  readonly record?: AttemptRecord;
  readonly next: Final | Again;
}

export interface Final {
  readonly kind: 'final';
  readonly state: FinalState;
  readonly reason?: FailReason;
  /** What ended it, where a clock of the job did. */
  readonly clock?: JobClock;
  readonly settledAt: number;
  readonly response?: Response;
  /** When the response goes; the job stays until `keepJobUntilAt`. */
  readonly keepResponseUntilAt: number;
  readonly keepJobUntilAt: number;
}

/** Pending again: the next attempt is `attempt + 1` if a record is given, else the same. */
export interface Again {
  readonly kind: 'again';
  readonly runAt: number;
  readonly expiresAt: number;
  readonly triesUsed: number;
  readonly deaths: number;
}

/** Moves an owned job to `todo` under its owner, so that the low-water mark can pass it. */
export interface Park {
  readonly seq: number;
  readonly attempt: number;
  readonly runAt: number;
  readonly expiresAt: number;
  readonly triesUsed: number;
  readonly deaths: number;
}

/** Makes a waiting job final, or finds out why it cannot. */
export interface CancelWaiting {
  readonly seq: number;
  readonly final: Final;
}
export type CancelledWaiting = 'cancelled' | 'already_final' | 'not_found';

/**
 * Sends a job on its way again: a final one with a fresh budget of tries; a waiting one sooner,
 * with the tries, deaths and deadline that it has.
 */
export interface Reopen {
  readonly seq: number;
  readonly runAt: number;
  /** Of a final job; a waiting one keeps its own. */
  readonly expiresAt: number;
}
export type Reopened =
  | { readonly kind: 'reopened'; readonly queue: string; readonly wasFinal: boolean }
  | { readonly kind: 'not_found' };

/** What goes into the commit of an append beside its jobs. */
export interface AppendExtras {
  readonly group?: NewGroup | undefined;
  readonly settings?: readonly SettingRow[] | undefined;
}

/** What a process finds when it opens the store. */
export interface Rescued {
  /** First sequence number that was never given away. */
  readonly nextSeq: number;
  readonly nextBodyId: number;
  /** Jobs that were owned by the dead process and now wait in `todo`. */
  readonly jobs: number;
  /** Attempts that were under way; recorded as `interrupted`. */
  readonly interrupted: readonly RescuedAttempt[];
  /** Queues with jobs due at `now`. */
  readonly dueQueues: readonly string[];
  /** Due jobs with `limits.deathsBeforeAlone` deaths or more, most deaths first, at most 100. */
  readonly suspects: readonly Claimed[];
  /** Jobs that may not be tried again; already settled as failed. */
  readonly ended: readonly RescuedEnd[];
}

export interface RescuedAttempt {
  readonly queue: string;
  /** Of its job. */
  readonly limit: string | null;
  readonly startedAt: number;
}

export interface RescuedEnd {
  /** `attempt`: the one that was interrupted. */
  readonly job: Claimed;
  /** `poison`: it died alone with its process; `unknown`: it runs at most once. */
  readonly reason: 'poison' | 'unknown';
  readonly startedAt: number;
  /** When it was recorded, and the job settled. */
  readonly settledAt: number;
}

export interface Store extends QueueStore, PastStore, BulkStore, DiskStore {
  /** Gives the jobs of the dead back; called once, before anything else. */
  rescue(options: { readonly now: number; readonly keepFailedMs: number }): Promise<Rescued>;

  /** The jobs, the group that they are, and what they say of queues and limits go together. */
  append(jobs: readonly NewJob[], extras?: AppendExtras): Promise<AppendResult>;
  /** As it stands when it is read. Costs nothing. */
  load(): Load;
  /** Due jobs of the named queues, in the order of `claims`. */
  claim(claims: readonly Claim[], now: number): Promise<readonly (readonly Claimed[])[]>;
  /**
   * Queues with a job whose `runAt` lies in (after, until]; and the first `runAt` beyond `until`.
   */
  due(span: { readonly after: number; readonly until: number }): Promise<{
    readonly queues: readonly string[];
    readonly nextAt: number | null;
  }>;
  /**
   * Names attempts before their first byte goes out; returns when our own death can no longer hide
   * them. Naming the same attempt again replaces what was said of it (`isAlone`).
   */
  start(starts: readonly Start[]): void;
  /** false: stale, nothing was changed. */
  settle(settlements: readonly Settlement[]): Promise<readonly boolean[]>;
  park(parks: readonly Park[]): Promise<void>;
  cancelWaiting(cancels: readonly CancelWaiting[]): Promise<readonly CancelledWaiting[]>;
  reopen(reopens: readonly Reopen[]): Promise<readonly Reopened[]>;
  /** Waiting jobs past their `expiresAt`, held ones included; the engine settles them. */
  expired(now: number, limit: number): Promise<readonly Expired[]>;
  /** Every owned job below `lowSeq` is in `todo` or `done`. Rides on the next commit. */
  beat(lowSeq: number): void;
  /** Removes what its retention is over for, at most `limit` rows; the number removed. */
  prune(now: number, limit: number): Promise<number>;

  writeBody(): BodyWriter;
  readBody(bodyId: number): AsyncIterable<Uint8Array>;

  /** In the order of `ids`; undefined where there is none. */
  get(ids: readonly string[]): Promise<readonly (JobRow | undefined)[]>;
  /** A group goes with the last of its jobs. */
  group(id: string): Promise<GroupRow | undefined>;
  attempts(seq: number): Promise<readonly AttemptRecord[]>;
  response(seq: number): Promise<Response | null>;
  list(query: ListQuery): Promise<ListPage>;
  /** Failed jobs by cause; kept, not counted. */
  causes(query: CauseQuery): Promise<CausePage>;
  /** Rejects if the store cannot take a job at this moment. */
  ping(): Promise<void>;
  /** Commits what waits and gives the store away. */
  close(): Promise<void>;
}
