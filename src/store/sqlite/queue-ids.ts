// Queue names are stored once; rows carry a number. The numbers are cached, and the cache is thrown
// away when a commit fails, because it may hold numbers that were rolled back with it.

import type { Database } from './driver.ts';

export interface QueueIds {
  /** The number of the queue; made if it is new. */
  of(name: string): number;
  /** The number of the queue, or undefined if no job ever named it. */
  find(name: string): number | undefined;
  name(id: number): string;
  forget(): void;
}

const CACHED_NAMES = 10_000;

export function queueIds(database: Database): QueueIds {
  const select = database.prepare('select id from queue where name = ?');
  const insert = database.prepare('insert into queue (name) values (?) returning id');
  const selectName = database.prepare('select name from queue where id = ?');
  const ids = new Map<string, number>();

  const remember = (name: string, id: number): number => {
    if (ids.size >= CACHED_NAMES) ids.clear();
    ids.set(name, id);
    return id;
  };
  const find = (name: string): number | undefined => {
    const cached = ids.get(name);
    if (cached !== undefined) return cached;
    const row = select.get<[number]>(name);
    return row === undefined ? undefined : remember(name, row[0]);
  };
  return {
    find,
    of: (name) => find(name) ?? remember(name, insert.get<[number]>(name)![0]),
    name: (id) => selectName.get<[string]>(id)![0],
    forget: () => ids.clear(),
  };
}
