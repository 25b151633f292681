// A job's place in its queue, for people who ask: the due jobs that come before it.

import { ORDERED_LEVEL } from '../../job/job.ts';
import type { Ahead } from '../store.ts';
import type { Database } from './driver.ts';

type Place = readonly [queue: number, priority: number, runAt: number];

export function aheadFinder(database: Database): (of: Ahead) => number[] {
  const place = database.prepare(`
    select job.queue, coalesce(todo.priority, job.priority), coalesce(todo.runAt, job.runAt)
    from job left join todo using (seq) where job.seq = ?`);
  const level = database.prepare(`
    select seq from todo indexed by todoByQueue
    where queue = ? and priority = ? and (runAt, seq) < (?, ?) order by runAt, seq limit ?`);
  const ordered = database.prepare(`
    select seq from todo indexed by todoOrdered
    where queue = ? and priority = ${ORDERED_LEVEL} and seq < ? and runAt <= ?
    order by seq limit ?`);
  return ({ seq, now, limit }) => {
    const row = place.get<Place>(seq);
    if (row === undefined) return [];
    const [queue, priority, runAt] = row;
    if (priority === ORDERED_LEVEL) {
      return ordered.all<[number]>(queue, seq, now, limit).map(([other]) => other);
    }
    const found: number[] = [];
    for (let at = 0; at <= priority && found.length < limit; at++) {
      const before = at < priority ? [now + 1, 0] : [Math.min(runAt, now + 1), seq];
      const rows = level.all<[number]>(queue, at, ...(before as [number, number]), limit);
      found.push(...rows.slice(0, limit - found.length).map(([other]) => other));
    }
    return found;
  };
}
