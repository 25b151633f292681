// Makes a job final: the one place that writes `done` and takes a job out of `todo`.

import type { Final } from '../store.ts';
import type { Bodies } from './body.ts';
import type { Database } from './driver.ts';
import { type ResponseOnWire, unpack } from './wire.ts';

export interface Finish {
  readonly seq: number;
  /** Attempts made in its whole life. */
  readonly attempts: number;
  readonly final: Final;
  readonly response: ResponseOnWire | undefined;
}

export function finisher(
  database: Database,
  bodies: Bodies,
): (finish: Finish, bytes: Uint8Array) => void {
  const insertDone = database.prepare('insert into done values (?, ?, ?, ?, ?, ?, ?, 0)');
  const insertResponse = database.prepare('insert into response values (?, ?, ?, ?, ?, ?, ?, ?)');
  const deleteTodo = database.prepare('delete from todo where seq = ?');

  return ({ seq, attempts, final, response }, bytes) => {
    const { keepResponseUntilAt, keepJobUntilAt } = final;
    const pruneAt =
      response === undefined ? keepJobUntilAt : Math.min(keepResponseUntilAt, keepJobUntilAt);
    const reason = final.reason ?? null;
    insertDone.run(seq, final.state, reason, final.settledAt, attempts, keepJobUntilAt, pruneAt);
    deleteTodo.run(seq);
    if (response === undefined) return;

    const { status, bodyId, bodyBytes, headers } = response;
    const flags = [Number(response.isTruncated), Number(response.isIncomplete)];
    const body = unpack(bytes, response.body);
    insertResponse.run(seq, status, bodyId, bodyBytes, flags[0]!, flags[1]!, headers, body);
    if (bodyId !== null) bodies.own(bodyId);
  };
}
