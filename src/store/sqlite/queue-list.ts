// Names of queues, and how many jobs wait in each.

import type { Database } from './driver.ts';

export interface QueueList {
  waiting(): (readonly [queue: string, jobs: number])[];
  names(page: { readonly after: string; readonly limit: number }): string[];
  has(name: string): boolean;
}

export function queueList(database: Database): QueueList {
  const waiting = database.prepare(`
    select name, jobs from
      (select queue, count(*) as jobs from todo indexed by todoByQueue group by queue)
    join queue on queue.id = queue`);
  const names = database.prepare('select name from queue where name > ? order by name limit ?');
  const has = database.prepare('select 1 from queue where name = ?');
  return {
    waiting: () => waiting.all<readonly [string, number]>(),
    names: ({ after, limit }) => names.all<[string]>(after, limit).map(([name]) => name),
    has: (name) => has.get(name) !== undefined,
  };
}
