// Gives the WAL its usual size before the first job comes. A commit that makes the file longer has
// to sync where the file lies too, which takes about as long again as the rest of it; a WAL that is
// used once more from its beginning does not grow. So pages are written and taken back: nothing of
// them was ever committed, and the room stays.

import { limits } from '../../limits.ts';
import type { Database } from './driver.ts';

/** Makes pages leave memory before they are committed. */
const TINY_CACHE_PAGES = 10;

/** Costs some milliseconds. Where there is no room it does nothing: it is not needed. */
export function warmWal(database: Database): void {
  const [cacheSize] = database.ask<[number]>('pragma cache_size')!;
  database.exec(`pragma cache_size = ${TINY_CACHE_PAGES}`);
  try {
    database.exec('begin immediate');
    database.exec(`insert into chunk values (-1, 0, 0, zeroblob(${limits.warmWalBytes}))`);
  } catch {
    // A full disk, say. Whatever needs the disk will meet that too, and tell.
  } finally {
    database.rollback();
    database.exec(`pragma cache_size = ${cacheSize}`);
  }
}
