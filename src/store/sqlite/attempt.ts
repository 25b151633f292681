// Writes the record of one attempt.

import type { Database } from './driver.ts';
import type { AttemptRow } from './settlement-on-wire.ts';

export function attemptInserter(database: Database): (seq: number, record: AttemptRow) => void {
  const insert = database.prepare('insert into attempt values (?, ?, ?, ?, ?, ?, ?, ?)');
  return (seq, { number, startedAt, endedAt, result, status, error, detail }) => {
    insert.run(seq, number, startedAt, endedAt, result, status, error, detail);
  };
}
