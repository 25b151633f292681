// Finds out whether a job could be stored at this moment: takes a few fresh pages as a job would,
// gives them back, and leaves one changed number to be synced.

import type { Database } from './driver.ts';

export function pinger(database: Database): () => void {
  const take = database.prepare('insert into chunk values (-1, 0, 1, zeroblob(16384))');
  const giveBack = database.prepare('delete from chunk where bodyId = -1');
  const touch = database.prepare("update mark set value = value + 1 where name = 'checked'");
  return () => {
    take.run();
    giveBack.run();
    touch.run();
  };
}
