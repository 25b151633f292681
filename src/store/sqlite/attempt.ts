// Writes the record of one attempt.

import type { AttemptRecord } from '../../job/job.ts';
import type { Database } from './driver.ts';

export function attemptInserter(database: Database): (seq: number, record: AttemptRecord) => void {
  const insert = database.prepare('insert into attempt values (?, ?, ?, ?, ?, ?, ?, ?)');
  return (seq, { number, startedAt, endedAt, result, status, error, detail }) => {
    const [statusCell, errorCell, detailCell] = [status ?? null, error ?? null, detail ?? null];
    insert.run(seq, number, startedAt, endedAt, result, statusCell, errorCell, detailCell);
  };
}
