// Removes what has been kept long enough, in steps of a few hundred rows: first the response of a
// job, later the job and everything of it, and keys whose window is over.

import { limits } from '../../limits.ts';
import type { Bodies } from './body.ts';
import { bulkPruner } from './bulk.ts';
import { doneRemover } from './cause.ts';
import type { Database } from './driver.ts';
import { groupLeaver } from './group.ts';
import { responseDropper } from './response.ts';

type DueRow = readonly [seq: number, keepJobUntilAt: number];

export function pruner(database: Database, bodies: Bodies): (now: number, limit: number) => number {
  const due = database.prepare(`
    select seq, keepJobUntilAt from done where pruneAt <= ? order by pruneAt limit ?`);
  const pruneJob = jobPruner(database, bodies);
  const pruneResponse = responsePruner(database, bodies);
  const pruneKeys = database.prepare(`
    delete from dedupe where key in
      (select key from dedupe where untilAt <= ? order by untilAt limit ?)`);

  const pruneBulks = bulkPruner(database);

  return (now, limit) => {
    const rows = due.all<DueRow>(now, limit);
    for (const [seq, keepJobUntilAt] of rows) {
      if (keepJobUntilAt <= now) pruneJob(seq);
      else pruneResponse(seq);
    }
    let removed = rows.length;
    for (const prune of [pruneBulks, (at: number, most: number) => pruneKeys.run(at, most)]) {
      if (removed < limit) removed += prune(now, limit - removed);
    }
    return removed;
  };
}

/** Removes whole jobs before their time, those that came first first; bounded in what it reads. */
export function earlyPruner(
  database: Database,
  bodies: Bodies,
): (settledUntil: number, limit: number) => number {
  const oldest = database.prepare(`
    select seq from
      (select seq, settledAt from done order by seq limit ${limits.pruneLookRows})
    where settledAt <= ? order by seq limit ?`);
  const pruneJob = jobPruner(database, bodies);
  return (settledUntil, limit) => {
    const rows = oldest.all<[number]>(settledUntil, limit);
    for (const [seq] of rows) pruneJob(seq);
    return rows.length;
  };
}

function responsePruner(database: Database, bodies: Bodies): (seq: number) => void {
  const dropResponse = responseDropper(database, bodies);
  const update = database.prepare(
    'update done set isResponsePruned = 1, pruneAt = keepJobUntilAt where seq = ?',
  );
  return (seq) => {
    dropResponse(seq);
    update.run(seq);
  };
}

function jobPruner(database: Database, bodies: Bodies): (seq: number) => void {
  const dropResponse = responseDropper(database, bodies);
  const removeDone = doneRemover(database);
  const removeAttempts = database.prepare('delete from attempt where seq = ?');
  const leaveGroups = groupLeaver(database);
  const removeJob = database.prepare('delete from job where seq = ? returning bodyId');
  // Sequence numbers are never given twice, not even when the newest job is gone.
  const raise = database.prepare(
    "update mark set value = max(value, ?) where name = 'nextSeq' and value < ?",
  );
  return (seq) => {
    dropResponse(seq);
    removeDone(seq);
    removeAttempts.run(seq);
    leaveGroups(seq);
    const row = removeJob.get<[number | null]>(seq);
    if (row?.[0] != null) bodies.drop(row[0]);
    raise.run(seq + 1, seq + 1);
  };
}
