// Gives the jobs of the dead back. Three steps, each a transaction of its own and each harmless to
// repeat, so that a death during a rescue is only one more death:
// 1. jobs that lived in the dead owner's memory go to `todo`;
// 2. attempts that were under way (named in the in-flight file) are recorded as interrupted. A name
//    in that file counts only if it is the attempt that `todo` has next: all others ended before
//    the death;
// 3. the low-water mark passes everything, and bodies that nobody owns are given up.
// Its cost follows what was under way and how many queues wait, not the backlog or the history.

import { limits } from '../../limits.ts';
import type { Claimed, Rescued, RescuedAttempt, RescuedEnd } from '../store.ts';
import { attemptInserter } from './attempt.ts';
import type { Bodies } from './body.ts';
import type { Database } from './driver.ts';
import type { Span } from './due.ts';
import { finisher } from './final.ts';
import type { Slot } from './in-flight.ts';
import type { AttemptRow, FinalRow } from './settlement-on-wire.ts';
import { todoWriter } from './todo.ts';

const MOST_SUSPECTS = 100;

export interface RescueTools {
  readonly database: Database;
  readonly bodies: Bodies;
  /** Reads a job of `todo`. */
  readonly read: (seq: number) => Claimed;
  readonly findDue: (span: Span) => { readonly queues: readonly string[] };
}
export interface RescueInput {
  readonly now: number;
  readonly keepFailedMs: number;
  /** What the in-flight file names. */
  readonly slots: readonly Slot[];
}

export function rescue(tools: RescueTools, input: RescueInput): Rescued {
  const { database, bodies } = tools;
  const jobs = database.transact(() => returnOwned(database));
  const { interrupted, ended } = database.transact(() => interrupt(tools, input));
  const { nextSeq, nextBodyId } = database.transact(() => {
    bodies.dropAll();
    return raiseMarks(database);
  });
  const dueQueues = tools.findDue({ after: -1, until: input.now }).queues;
  const suspects = findSuspects(tools, input.now);
  return { nextSeq, nextBodyId, jobs, interrupted, dueQueues, suspects, ended };
}

function returnOwned(database: Database): number {
  return database
    .prepare(`
      insert into todo
        select seq, queue, priority, runAt, expiresAt, 1, 0, 0 from job
        where seq >= (select value from mark where name = 'low')
          and not exists (select 1 from done where done.seq = job.seq)
          and not exists (select 1 from todo where todo.seq = job.seq)`)
    .run();
}

type TodoRow = readonly [
  attempt: number,
  runAt: number,
  expiresAt: number,
  triesUsed: number,
  deaths: number,
  isOnce: number,
  keepMs: number | null,
  limit: string | null,
];

interface Interrupted {
  readonly interrupted: RescuedAttempt[];
  readonly ended: RescuedEnd[];
}

function interrupt(
  { database, bodies, read }: RescueTools,
  { now, keepFailedMs, slots }: RescueInput,
): Interrupted {
  // A job that has begun has met its `startBy`: from then on its deadline counts.
  const selectTodo = database.prepare(`
    select attempt, todo.runAt,
      case todo.expiresAt when spec ->> '$.startByAt'
        then coalesce(spec ->> '$.deadlineAt', todo.expiresAt) else todo.expiresAt end,
      triesUsed, deaths, coalesce(spec ->> '$.delivery' = 'at-most-once', 0),
      spec ->> '$.keep.jobMs', spec ->> '$.limit'
    from todo join job using (seq) where seq = ?`);
  const insertAttempt = attemptInserter(database);
  const finish = finisher(database, bodies);
  const writeTodo = todoWriter(database);
  const found: Interrupted = { interrupted: [], ended: [] };

  for (const { seq, attempt, startedAt, isAlone } of slots) {
    const row = selectTodo.get<TodoRow>(seq);
    if (row === undefined || row[0] !== attempt) continue;
    const [, runAt, expiresAt, triesUsed, deaths, isOnce, keepMs, limit] = row;
    const job = read(seq);
    insertAttempt(seq, interruptedRecord({ number: attempt, startedAt, endedAt: now }));
    found.interrupted.push({ queue: job.queue, limit, startedAt });
    const isPoison = isAlone && deaths >= limits.deathsBeforeAlone;
    if (isOnce === 1 || isPoison) {
      const reason = isOnce === 1 ? 'unknown' : 'poison';
      found.ended.push({ job, reason, startedAt, settledAt: now });
      const keepUntilAt = now + (keepMs ?? keepFailedMs);
      finish({ seq, attempts: attempt, final: failed(reason, keepUntilAt, now) });
    } else {
      const again = { attempt: attempt + 1, runAt: Math.min(runAt, now), deaths: deaths + 1 };
      writeTodo({ seq, expiresAt, triesUsed, ...again });
    }
  }
  return found;
}

function interruptedRecord(
  times: Pick<AttemptRow, 'number' | 'startedAt' | 'endedAt'>,
): AttemptRow {
  return { ...times, result: 'interrupted', status: null, error: null, detail: null };
}

function failed(reason: 'poison' | 'unknown', keepUntilAt: number, now: number): FinalRow {
  return {
    kind: 'final',
    state: 'failed',
    reason,
    clock: null,
    settledAt: now,
    keepResponseUntilAt: keepUntilAt,
    keepJobUntilAt: keepUntilAt,
    response: null,
  };
}

/** Neither sequence numbers nor body ids are given twice, even when their rows are gone. */
function raiseMarks(database: Database): { nextSeq: number; nextBodyId: number } {
  const [nextSeq] = database.ask<[number]>(`
    select max((select value from mark where name = 'nextSeq'),
      coalesce((select max(seq) from job), 0) + 1)`)!;
  const nextBodyId = findNextBodyId(database);
  const raise = database.prepare('update mark set value = max(value, ?) where name = ?');
  raise.run(nextSeq, 'nextSeq');
  raise.run(nextSeq, 'low');
  raise.run(nextBodyId, 'nextBodyId');
  return { nextSeq, nextBodyId };
}

export function findNextBodyId(database: Database): number {
  return database.ask<[number]>(`
    select max((select value from mark where name = 'nextBodyId'),
      coalesce((select max(bodyId) from chunk), 0) + 1)`)![0];
}

function findSuspects({ database, read }: RescueTools, now: number): Claimed[] {
  return database
    .prepare(`
      select seq from todo indexed by todoByDeaths
      where deaths > 0 and deaths >= ? and runAt <= ? order by deaths desc limit ${MOST_SUSPECTS}`)
    .all<[number]>(limits.deathsBeforeAlone, now)
    .map(([seq]) => read(seq));
}
