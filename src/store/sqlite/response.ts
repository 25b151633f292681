// Lets the answer of a job go.

import type { Bodies } from './body.ts';
import type { Database } from './driver.ts';

/** Deletes the response of a job and gives up its body; false if there is none. */
export function responseDropper(database: Database, bodies: Bodies): (seq: number) => boolean {
  const remove = database.prepare('delete from response where seq = ? returning bodyId');
  return (seq) => {
    const row = remove.get<[number | null]>(seq);
    if (row === undefined) return false;
    if (row[0] !== null) bodies.drop(row[0]);
    return true;
  };
}
