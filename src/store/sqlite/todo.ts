// Writes what waits: a new row from the job itself, or the moving parts of the row that is there.

import type { Park } from '../store.ts';
import type { Database } from './driver.ts';

export function todoWriter(database: Database): (row: Park) => void {
  const upsert = database.prepare(`
    insert into todo
      select seq, queue, priority, ?2, ?3, ?4, ?5, ?6 from job where seq = ?1
    on conflict (seq) do update set
      runAt = excluded.runAt, expiresAt = excluded.expiresAt, attempt = excluded.attempt,
      triesUsed = excluded.triesUsed, deaths = excluded.deaths`);
  return ({ seq, runAt, expiresAt, attempt, triesUsed, deaths }) =>
    void upsert.run(seq, runAt, expiresAt, attempt, triesUsed, deaths);
}
