// What the writer does for itself between commits: fold the WAL back into the database, delete dropped
// bodies, give free pages back. All of it in small steps, when nobody waits; but a WAL above its limit is
// folded in at once, and dropped bodies get a step now and then under any load.

import { limits } from '../../limits.ts';
import type { Bodies } from './body.ts';
import type { Database } from './driver.ts';

export interface Housekeeping {
  /** Called after each commit, when its answer is on its way. */
  afterCommit(isMoreWaiting: boolean): void;
  stop(): void;
}

/** Silence after which the writer counts as idle. */
const IDLE_MS = 10;
/** WAL pages that are worth a checkpoint when idle. */
const IDLE_WAL_PAGES = 1_000;
/** The size of the WAL is looked at after this many commits. */
const LOOK_COMMITS = 16;
/** Under load, dropped bodies get one step per this time. */
const SWEEP_MS = 20;
/** Free pages kept for new rows; and pages given back in one step. */
const SPARE_PAGES = 16_384;
const FREED_PAGES = 256;

export function housekeeping(
  database: Database,
  bodies: Bodies,
  onError: (error: unknown) => void,
): Housekeeping {
  const look = database.prepare('pragma wal_checkpoint(noop)');
  const checkpoint = database.prepare('pragma wal_checkpoint(passive)');
  const freePages = database.prepare('pragma freelist_count');
  let idleTimer: NodeJS.Timeout | undefined;
  let commits = 0;
  let sweptAt = 0;

  const walPages = (): number => {
    const [, written, folded] = look.get<readonly [number, number, number]>()!;
    return written - folded;
  };
  const sweep = (): boolean => {
    sweptAt = performance.now();
    return database.transact(() => bodies.sweep());
  };
  const giveBack = (): boolean => {
    if (freePages.get<[number]>()![0] < SPARE_PAGES) return false;
    database.exec(`pragma incremental_vacuum(${FREED_PAGES})`);
    return true;
  };
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      onError(error);
    }
  };
  const idle = (): void =>
    guarded(() => {
      const isMoreToDo = sweep() || giveBack();
      if (walPages() >= IDLE_WAL_PAGES) checkpoint.get();
      if (isMoreToDo) idleTimer = setTimeout(idle, 0);
    });

  return {
    afterCommit(isMoreWaiting) {
      clearTimeout(idleTimer);
      guarded(() => {
        commits++;
        if (commits % LOOK_COMMITS === 0 && walPages() >= limits.walPages) checkpoint.get();
        if (performance.now() - sweptAt >= SWEEP_MS) sweep();
      });
      if (!isMoreWaiting) idleTimer = setTimeout(idle, IDLE_MS);
    },
    stop: () => clearTimeout(idleTimer),
  };
}
