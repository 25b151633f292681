// What the writer does for itself between commits: fold the WAL into the database, delete dropped
// bodies, give free pages back. All of it in small steps, when nobody waits; but a long WAL and
// dropped bodies get their share under any load.

import { type Stop, systemClock } from '../../clock.ts';
import type { Bodies } from './body.ts';
import { checkpoints } from './checkpoint.ts';
import type { Database } from './driver.ts';
import { type Failure, failureOf } from './failure.ts';

export interface Housekeeping {
  /** Called after each commit, when its answer is on its way. */
  afterCommit(isMoreWaiting: boolean): void;
  stop(): Promise<void>;
}

/** Silence after which the writer counts as idle. */
const IDLE_MS = 10;
/** Under load, dropped bodies get one step per this time. */
const SWEEP_MS = 20;
/** Free pages kept for new rows; and pages given back in one step. */
const SPARE_PAGES = 16_384;
const FREED_PAGES = 256;

export function housekeeping(
  database: Database,
  bodies: Bodies,
  { path, onFailure }: { readonly path: string; readonly onFailure: (failure: Failure) => void },
): Housekeeping {
  const wal = checkpoints(database, path, onFailure);
  const freePages = database.prepare('pragma freelist_count');
  let stopIdling: Stop = () => {};
  let sweptAt = 0;

  const sweep = (): boolean => {
    sweptAt = systemClock.now();
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
      onFailure(failureOf(error));
    }
  };
  const idle = (): void =>
    guarded(() => {
      const isMoreToDo = sweep() || giveBack();
      wal.whenIdle();
      if (isMoreToDo) stopIdling = systemClock.after(0, idle);
    });

  return {
    afterCommit(isMoreWaiting) {
      stopIdling();
      guarded(() => {
        wal.afterCommit();
        if (systemClock.now() - sweptAt >= SWEEP_MS) sweep();
      });
      if (!isMoreWaiting) stopIdling = systemClock.after(IDLE_MS, idle);
    },
    async stop() {
      stopIdling();
      await wal.stop();
    },
  };
}
