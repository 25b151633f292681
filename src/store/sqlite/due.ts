// Which queues have something due. A short span is a range of the index by time; a long one (at
// start, or after a clock was set) would read the whole backlog there, so it asks each waiting
// queue instead.

import type { Database } from './driver.ts';
import type { QueueIds } from './queue-ids.ts';

export interface Span {
  readonly after: number;
  readonly until: number;
}

export interface Due {
  readonly queues: readonly string[];
  /** The first `runAt` beyond the span. */
  readonly nextAt: number | null;
}

/** Rows that are read one by one; beyond, each queue is asked. */
const RANGE_ROWS = 10_000;

export function dueFinder(database: Database, queues: QueueIds): (span: Span) => Due {
  const inRange = database.prepare(`
    select queue from todo indexed by todoByRunAt where runAt > ? and runAt <= ?
    limit ${RANGE_ROWS + 1}`);
  const next = database.prepare('select min(runAt) from todo where runAt > ?');
  const waiting = waitingQueues(database);

  return ({ after, until }) => {
    const rows = after < 0 ? [] : inRange.all<[number]>(after, until);
    const isLong = after < 0 || rows.length > RANGE_ROWS;
    const ids = isLong ? waiting({ after, until }) : new Set(rows.map(([queue]) => queue));
    return {
      queues: Array.from(ids, (id) => queues.name(id)),
      nextAt: next.get<[number | null]>(until)![0],
    };
  };
}

/**
 * Jumps from queue to queue and from level to level in the index: its cost is the number of queues.
 */
function waitingQueues(database: Database): (span: Span) => number[] {
  const nextQueue = database.prepare('select min(queue) from todo where queue > ?');
  const isDue = database.prepare(`
    select 1 from todo
    where queue = ?1 and priority in (0, 1, 2, 3, 4) and runAt > ?2 and runAt <= ?3 limit 1`);
  return ({ after, until }) => {
    const found: number[] = [];
    for (let id = 0; ; ) {
      const [next] = nextQueue.get<[number | null]>(id)!;
      if (next === null) return found;
      id = next;
      if (isDue.get(id, after, until) !== undefined) found.push(id);
    }
  };
}
