// The verdict on a run: what the clients and targets wrote down, held against what the server
// says. Pure, and strict: a job counts as carried out as soon as the target has read all of it
// and means to answer 200, whether or not that answer ever reached anybody.

import { type Account, type Arrived, type Books, idOf } from './books.ts';
import type { Seen } from './look.ts';

/** What must be 0. Each with the tokens of the jobs, for whoever looks for the reason. */
export interface Faults {
  /** Somebody heard yes; it was not carried out, and nothing its options allow explains it. */
  readonly lost: string[];
  /** The target got other bytes than were handed over, or `/response` gives others than it sent. */
  readonly altered: string[];
  /** Not settled although the targets have long been healthy. */
  readonly stuck: string[];
  /** Arrived at the target without an attempt of that number in the record, or twice with one. */
  readonly unrecorded: string[];
  /** Carried out more often than its own interrupted attempts explain. */
  readonly unexplained: string[];
  /** Refused, and yet something arrived; or handed over once and stored as two jobs. */
  readonly leaked: string[];
  /** Arrived before its delay was over. */
  readonly early: string[];
}

export interface Verdict {
  readonly faults: Faults;
  readonly attempted: number;
  readonly acked: number;
  readonly refused: number;
  readonly succeeded: number;
  /** As their options have it: rejected, exhausted. */
  readonly failed: number;
  /** The process died each time they were tried. */
  readonly poisoned: number;
  readonly arrivals: number;
  /** Carried out a second time or more. */
  readonly duplicates: number;
  /** Attempts whose result was not on disk at a kill: as many duplicates there may be. */
  readonly interrupted: number;
}

type Tally = { -readonly [Name in keyof Verdict]: Verdict[Name] };

export function judge(books: Books, seen: ReadonlyMap<string, Seen>): Verdict {
  const tally = newTally();
  for (const account of books.accounts) {
    const id = idOf(account);
    judgeOne(account, id === undefined ? undefined : seen.get(id), tally);
  }
  for (let stranger = 0; stranger < books.strangers; stranger++) tally.faults.leaked.push('?');
  return tally;
}

function judgeOne(account: Account, seen: Seen | undefined, tally: Tally): void {
  const { faults } = tally;
  const { token, ids, arrivals } = account;
  const isAcked = ids.size > 0;
  tally.attempted++;
  tally.arrivals += arrivals.length;
  if (isAcked) tally.acked++;
  if (account.isRefused) tally.refused++;
  if (ids.size > 1 || (account.isRefused && arrivals.length > 0)) faults.leaked.push(token);
  if (arrivals.some(({ at }) => at < account.attemptedAt + account.delayMs))
    faults.early.push(token);
  if (!seen) {
    if (isAcked) faults.lost.push(token);
    faults.unrecorded.push(...arrivals.map(() => token));
    return;
  }
  if (seen.job.settledAt === undefined) faults.stuck.push(token);
  else judgeEnd(account, seen, tally);
  judgeAttempts(account, seen, tally);
  if (isAltered(account, seen)) faults.altered.push(token);
}

function judgeEnd(
  { token, fate, arrivals }: Account,
  { job, attempts }: Known,
  tally: Tally,
): void {
  if (job.state === 'succeeded') {
    tally.succeeded++;
    const last = attempts.at(-1);
    const isTrue = last?.result === 'success' && arrivals.some(isDoneAt(last.number));
    if (!isTrue || fate !== 'succeed') tally.faults.lost.push(token);
  } else if (job.reason === 'poison') {
    if (diedUnderIt(attempts)) tally.poisoned++;
    else tally.faults.lost.push(token);
  } else if (job.state === 'failed' && job.reason === reasonOf[fate]) tally.failed++;
  else tally.faults.lost.push(token);
}

/** Only `poison` may fail a job that should succeed. */
const reasonOf = { succeed: 'none', reject: 'rejected', exhaust: 'exhausted' } as const;
const DEATHS_OF_POISON = 4;

function diedUnderIt(attempts: Known['attempts']): boolean {
  const last = attempts.slice(-DEATHS_OF_POISON);
  return last.length === DEATHS_OF_POISON && last.every(({ result }) => result === 'interrupted');
}

function judgeAttempts({ token, arrivals }: Account, { attempts }: Known, tally: Tally): void {
  const recorded = new Set(attempts.map(({ number }) => number));
  // What is left over has no attempt in the record, or shares one with an earlier arrival.
  for (const { attempt } of arrivals) {
    if (!recorded.delete(attempt)) tally.faults.unrecorded.push(token);
  }
  const interrupted = attempts.filter(({ result }) => result === 'interrupted').length;
  const again = Math.max(0, arrivals.filter(isDone).length - 1);
  tally.interrupted += interrupted;
  tally.duplicates += again;
  if (again > interrupted) tally.faults.unexplained.push(token);
}

function isAltered({ fingerprint, arrivals }: Account, { attempts, answerFingerprint }: Known) {
  const isOther = (arrival: Arrived) => (arrival.fingerprint ?? fingerprint) !== fingerprint;
  if (arrivals.some(isOther)) return true;
  if (answerFingerprint === undefined) return attempts.at(-1)?.result === 'success';
  const answered = arrivals.find(({ attempt }) => attempt === attempts.at(-1)?.number);
  return answered?.answerFingerprint !== answerFingerprint;
}

type Known = NonNullable<Seen>;

function isDone({ handling }: Arrived): boolean {
  return handling === 'done';
}

function isDoneAt(number: number): (arrival: Arrived) => boolean {
  return (arrival) => isDone(arrival) && arrival.attempt === number;
}

function newTally(): Tally {
  const faults: Faults = {
    lost: [],
    altered: [],
    stuck: [],
    unrecorded: [],
    unexplained: [],
    leaked: [],
    early: [],
  };
  const counts = { attempted: 0, acked: 0, refused: 0, succeeded: 0, failed: 0, poisoned: 0 };
  return { faults, ...counts, arrivals: 0, duplicates: 0, interrupted: 0 };
}
