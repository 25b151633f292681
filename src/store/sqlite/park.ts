// Writes jobs that their owner holds into `todo`, so that a later rescue need not look for them. A
// job that became final meanwhile stays final.

import type { Park } from '../store.ts';
import type { Database } from './driver.ts';
import { todoWriter } from './todo.ts';

export function parker(database: Database): (parks: readonly Park[]) => void {
  const isDone = database.prepare('select 1 from done where seq = ?');
  const writeTodo = todoWriter(database);
  return (parks) => {
    for (const park of parks) {
      if (isDone.get(park.seq) === undefined) writeTodo(park);
    }
  };
}
