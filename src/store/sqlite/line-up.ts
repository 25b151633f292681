// Puts the waiting jobs of an ordered queue in line: those that were stored with a priority come to
// the level of ordered ones, a few hundred at a time. And finds the one that has begun.

import { ORDERED_LEVEL } from '../../job/job.ts';
import type { LinedUp } from '../store.ts';
import type { Database } from './driver.ts';
import type { QueueIds } from './queue-ids.ts';

const ROWS = 500;

export function linerUp(
  database: Database,
  queues: QueueIds,
): (names: readonly string[]) => LinedUp[] {
  const lineUp = database.prepare(`
    update todo set priority = ${ORDERED_LEVEL} where seq in
      (select seq from todo indexed by todoByQueue
       where queue = ? and priority in (0, 1, 2, 3) limit ${ROWS})`);
  const begun = database.prepare(`
    select min(seq) from todo indexed by todoBegun
    where queue = ? and priority = ${ORDERED_LEVEL} and attempt > 1`);
  return (names) =>
    names.map((name) => {
      const queue = queues.find(name);
      if (queue === undefined) return { begun: null, isWhole: true };
      const isWhole = lineUp.run(queue) < ROWS;
      return { begun: begun.get<[number | null]>(queue)![0], isWhole };
    });
}
