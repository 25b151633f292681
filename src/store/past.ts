// Looking past the head of a queue: the jobs there may wait for a target that is gone, and those
// behind them for nothing.

export interface Past {
  readonly queue: string;
  readonly now: number;
  /** Where the last look ended; absent: at the head. */
  readonly after?: PastPlace | undefined;
  /** Of these no job is wanted: `passKey` of their origin and limit. */
  readonly passBy: readonly string[];
  /** Rows looked at, at most. */
  readonly rows: number;
  /** Jobs found, and the bytes of their specs and bodies, at most; the first is always found. */
  readonly limit: number;
  readonly bytes: number;
}

/** Of each level the last (runAt, seq) that was looked at. */
export type PastPlace = readonly (readonly [runAt: number, seq: number])[];

export interface FoundPast {
  /** Due, best level first. */
  readonly seqs: readonly number[];
  readonly place: PastPlace;
  /** Rows looked at; fewer than were allowed, and than were found: there are no more for now. */
  readonly rows: number;
}

export interface PastStore {
  /**
   * Due jobs of a queue whose budgets are other ones than those passed by; held ones are among
   * them. Changes nothing, and sees what is committed.
   */
  past(look: Past): Promise<FoundPast>;
}

/** Of the budgets that a job needs beside its queue's. */
export function passKey(origin: string, limit: string | undefined): string {
  return `${origin}\n${limit ?? ''}`;
}
