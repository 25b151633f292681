// Writes down how attempts ended. A settlement is fenced by its attempt number: once a job is
// final, or has been given another attempt (by a rescue, a reopening, another settlement), an older
// result changes nothing and a body that it brought is given up.

import { attemptInserter } from './attempt.ts';
import type { Bodies } from './body.ts';
import type { Database } from './driver.ts';
import { finisher } from './final.ts';
import type { SettlementRow } from './settlement-on-wire.ts';
import { todoWriter } from './todo.ts';

export function settler(
  database: Database,
  bodies: Bodies,
): (settlements: readonly SettlementRow[]) => boolean[] | undefined {
  const finish = finisher(database, bodies);
  const insertAttempt = attemptInserter(database);
  const current = currentAttempt(database);
  const writeTodo = todoWriter(database);

  const settle = (settlement: SettlementRow): boolean => {
    const { seq, attempt, record, next } = settlement;
    if (current(seq) !== attempt) {
      const bodyId = next.kind === 'final' ? next.response?.bodyId : null;
      if (bodyId != null) bodies.discard(bodyId);
      return false;
    }
    if (record !== null) insertAttempt(seq, record);
    const attempts = record === null ? attempt - 1 : attempt;
    if (next.kind === 'again') writeTodo({ ...next, seq, attempt: attempts + 1 });
    else finish({ seq, attempts, final: next });
    return true;
  };
  return (settlements) => {
    const results = settlements.map(settle);
    return results.every(Boolean) ? undefined : results;
  };
}

/** The attempt number that is next or under way; undefined if the job is final or unknown. */
function currentAttempt(database: Database): (seq: number) => number | undefined {
  const select = database.prepare(`
    select (select attempt from todo where seq = ?1), exists (select 1 from done where seq = ?1)
    from job where seq = ?1`);
  return (seq) => {
    const row = select.get<readonly [attempt: number | null, isDone: number]>(seq);
    if (row === undefined || row[1] === 1) return undefined;
    // A job that never left its owner's memory is at its first attempt: every retry is in `todo`.
    return row[0] ?? 1;
  };
}
