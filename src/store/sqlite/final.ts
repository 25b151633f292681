// Makes a job final: the one place that writes `done` and takes a job out of `todo`.

import type { Bodies } from './body.ts';
import { causeCounter } from './cause.ts';
import type { Database } from './driver.ts';
import type { FinalRow } from './settlement-on-wire.ts';

export interface Finish {
  readonly seq: number;
  /** Attempts made in its whole life. */
  readonly attempts: number;
  readonly final: FinalRow;
}

export function finisher(database: Database, bodies: Bodies): (finish: Finish) => void {
  const insertDone = database.prepare('insert into done values (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)');
  const countCause = causeCounter(database);
  const insertResponse = database.prepare(`
    insert into response
      (seq, status, bodyId, bodyBytes, isTruncated, isIncomplete, headers, exit, body)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const deleteTodo = database.prepare('delete from todo where seq = ?');

  return ({ seq, attempts, final }) => {
    const { state, reason, clock, settledAt, keepResponseUntilAt, keepJobUntilAt } = final;
    const { response } = final;
    const pruneAt =
      response === null ? keepJobUntilAt : Math.min(keepResponseUntilAt, keepJobUntilAt);
    const cause = reason === null ? null : countCause(seq, { reason, at: settledAt });
    const until = [keepJobUntilAt, pruneAt] as const;
    insertDone.run(seq, state, reason, settledAt, attempts, ...until, cause, clock);
    deleteTodo.run(seq);
    if (response === null) return;

    const { status, bodyId, bodyBytes, headers, exit, body } = response;
    const flags = [Number(response.isTruncated), Number(response.isIncomplete)] as const;
    insertResponse.run(seq, status, bodyId, bodyBytes, ...flags, headers, exit, body);
    if (bodyId !== null) bodies.own(bodyId);
  };
}
