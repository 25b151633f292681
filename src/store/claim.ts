// What a claim asks for, and what it brings.

import type { Level } from '../job/job.ts';

/** A due job as `claim` reads it, ready to be tried. */
export interface Claimed {
  readonly seq: number;
  readonly id: string;
  readonly queue: string;
  readonly priority: Level;
  readonly runAt: number;
  readonly expiresAt: number;
  readonly createdAt: number;
  /** Number of the next attempt, from 1. */
  readonly attempt: number;
  /** Tries that count against `retry.limit`; interrupted ones do not. */
  readonly triesUsed: number;
  /**
   * Deaths of the process while an attempt of this job was under way, since the last one that
   * ended.
   */
  readonly deaths: number;
  readonly spec: string;
  readonly body: Uint8Array | null;
  readonly bodyId: number | null;
  readonly bodyBytes: number;
}

export interface Claim {
  readonly queue: string;
  /**
   * Rows to return at most, best first by (priority, runAt, seq); each lower level that has any
   * gets a part, so that a large `limit` brings some of all.
   */
  readonly limit: number;
  /**
   * The queue is ordered: the first of those that have begun, then by seq alone; and only jobs that
   * `lineUp` has seen.
   * @default false
   */
  readonly isOrdered?: boolean;
  /**
   * After rows of this many bytes (`spec.length` and `body`) no further one is read; the first
   * always is.
   * @default no such bound
   */
  readonly bytes?: number;
  /** Sequences that the owner holds already; never returned. */
  readonly held: readonly number[];
  /** These and no others, as far as they are due. */
  readonly only?: readonly number[];
}
