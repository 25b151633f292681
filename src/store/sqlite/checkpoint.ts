// When the WAL is folded into the database. While nobody waits, the writer does it itself. Under
// load the checkpointer thread does the bulk, and the writer only the small rest: the WAL can start
// from its beginning again only once it is folded in whole, and under load there is always a rest.
// A checkpointer that ends by itself is done without: the writer folds, and the next long WAL gets
// a new one.

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
  const pages = pageCounter(database);
  const guarded = guard(onFailure);
  const fold = database.prepare('pragma wal_checkpoint(passive)');
  let commits = 0;
  let rounds = 0;
  let isRunning = false;
  let isStopped = false;
  let checkpointer: Checkpointer | undefined;

  const runBulk = (): void => {
    checkpointer ??= startCheckpointer(path, { onDone, onGone });
    isRunning = true;
    rounds++;
    checkpointer.worker.postMessage('run');
  };
  const onDone = ({ failure }: CheckpointDone): void => {
    isRunning = false;
    if (failure !== undefined) {
      onFailure(failure);
      return;
    }
    guarded(() => {
      if (pages() > REST_PAGES && rounds < MOST_ROUNDS) runBulk();
      else foldRest();
    });
  };
  const onGone = (): void => {
    checkpointer = undefined;
    isRunning = false;
    if (!isStopped) guarded(foldRest);
  };
  const foldRest = (): void => {
    rounds = 0;
    fold.get();
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
      isStopped = true;
      if (checkpointer === undefined) return;
      checkpointer.worker.postMessage('close');
      await checkpointer.gone;
    },
  };
}

/** Counts the pages of the WAL that are not folded in. */
function pageCounter(database: Database): () => number {
  const look = database.prepare('pragma wal_checkpoint(noop)');
  return () => {
    const [, written, folded] = look.get<readonly [number, number, number]>()!;
    return written - folded;
  };
}

function guard(onFailure: (failure: Failure) => void): (work: () => void) => void {
  return (work) => {
    try {
      work();
    } catch (error) {
      onFailure(failureOf(error));
    }
  };
}

interface Checkpointer {
  readonly worker: Worker;
  readonly gone: Promise<void>;
}

function startCheckpointer(
  path: string,
  { onDone, onGone }: { onDone: (done: CheckpointDone) => void; onGone: () => void },
): Checkpointer {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = new URL(`./checkpointer.${extension}`, import.meta.url);
  const worker = new Worker(file, { workerData: { path }, name: 'checkpointer', execArgv: [] });
  worker.on('message', onDone);
  // `exit` follows; without a listener the error would be the writer's.
  worker.on('error', () => {});
  const gone = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      onGone();
      resolve();
    });
  });
  worker.unref();
  return { worker, gone };
}
