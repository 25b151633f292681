// Sends jobs on their way again. A final one loses its answer and its place in `done`; its attempts
// stay and the next one continues their numbers. A waiting one only comes sooner.

import type { Reopen, Reopened } from '../store.ts';
import type { Bodies } from './body.ts';
import { doneRemover } from './cause.ts';
import type { Database } from './driver.ts';
import { responseDropper } from './response.ts';

type JobRow = readonly [queue: string, attempts: number | null];

export function reopener(
  database: Database,
  bodies: Bodies,
): (reopens: readonly Reopen[]) => Reopened[] {
  const select = database.prepare(`
    select queue.name, done.attempts
    from job join queue on queue.id = job.queue left join done using (seq) where seq = ?`);
  const removeDone = doneRemover(database);
  const dropResponse = responseDropper(database, bodies);
  const upsert = database.prepare(`
    insert into todo
      select seq, queue, priority, ?2, coalesce(?3, expiresAt), ?4, 0, 0 from job where seq = ?1
    on conflict (seq) do update set runAt = excluded.runAt`);

  const reopen = ({ seq, runAt, expiresAt }: Reopen): Reopened => {
    const row = select.get<JobRow>(seq);
    if (row === undefined) return { kind: 'not_found' };
    const [queue, attempts] = row;
    const wasFinal = attempts !== null;
    if (wasFinal) {
      removeDone(seq);
      dropResponse(seq);
    }
    upsert.run(seq, runAt, wasFinal ? expiresAt : null, (attempts ?? 0) + 1);
    return { kind: 'reopened', queue, wasFinal };
  };
  return (reopens) => reopens.map(reopen);
}
