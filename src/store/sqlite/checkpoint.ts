// When the WAL is folded into the database. While nobody waits, the writer does it itself. Under load the
// checkpointer thread does the bulk, and the writer only the small rest: the WAL can start from its
// beginning again only once it is folded in whole, and under load there is always a rest.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { limits } from '../../limits.ts';
import type { CheckpointDone } from './checkpointer.ts';
import type { Database } from './driver.ts';
import { type Failure, failureOf } from './failure.ts';

export interface Checkpoints {
  /** Nobody waits. */
  whenIdle(): void;
  afterCommit(): void;
  stop(): Promise<void>;
}

/** WAL pages that are worth a checkpoint when idle. */
const IDLE_PAGES = 1_000;
/** Pages that the checkpointer starts at; and the rest that the writer takes over from it. */
const BULK_PAGES = limits.walPages / 2;
const REST_PAGES = limits.walPages / 16;
/** Rounds after which the writer takes over whatever is left. */
const MOST_ROUNDS = 4;
/** The size of the WAL is looked at after this many commits. */
const LOOK_COMMITS = 16;

export function checkpoints(
  database: Database,
  path: string,
  onFailure: (failure: Failure) => void,
): Checkpoints {
  const look = database.prepare('pragma wal_checkpoint(noop)');
  const fold = database.prepare('pragma wal_checkpoint(passive)');
  let commits = 0;
  let rounds = 0;
  let isRunning = false;
  let worker: Worker | undefined;

  const pages = (): number => {
    const [, written, folded] = look.get<readonly [number, number, number]>()!;
    return written - folded;
  };
  const runBulk = (): void => {
    worker ??= startCheckpointer(path, (done) => onDone(done));
    isRunning = true;
    rounds++;
    worker.postMessage('run');
  };
  const onDone = ({ failure }: CheckpointDone): void => {
    isRunning = false;
    if (failure !== undefined) {
      onFailure(failure);
      return;
    }
    try {
      if (pages() > REST_PAGES && rounds < MOST_ROUNDS) {
        runBulk();
      } else {
        rounds = 0;
        fold.get();
      }
    } catch (error) {
      onFailure(failureOf(error, path));
    }
  };

  return {
    whenIdle() {
      if (!isRunning && pages() >= IDLE_PAGES) fold.get();
    },
    afterCommit() {
      commits++;
      if (!isRunning && commits % LOOK_COMMITS === 0 && pages() >= BULK_PAGES) runBulk();
    },
    async stop() {
      if (worker === undefined) return;
      worker.postMessage('close');
      await once(worker, 'exit');
    },
  };
}

function startCheckpointer(path: string, onDone: (done: CheckpointDone) => void): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = new URL(`./checkpointer.${extension}`, import.meta.url);
  const worker = new Worker(file, { workerData: { path }, name: 'checkpointer', execArgv: [] });
  worker.on('message', onDone);
  worker.unref();
  return worker;
}
