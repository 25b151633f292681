// A thread that folds the WAL into the database while the writer goes on writing. Folding in 16 MiB
// takes tens of milliseconds, mostly waiting for the disk: in the writer every small job would wait
// for it.

import { parentPort, workerData } from 'node:worker_threads';
import { Database } from './driver.ts';
import { type Failure, failureOf } from './failure.ts';

/** Sent after each round. */
export interface CheckpointDone {
  readonly failure: Failure | undefined;
}

const port = parentPort!;
const { path } = workerData as { readonly path: string };
const database = new Database(path, { busyMs: 5000 });
// Without its own syncs a checkpoint would let the WAL be overwritten too early.
database.exec('pragma synchronous = full; pragma wal_autocheckpoint = 0');
const checkpoint = database.prepare('pragma wal_checkpoint(passive)');

function run(): CheckpointDone {
  try {
    checkpoint.get();
    return { failure: undefined };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

port.on('message', (message: 'run' | 'close') => {
  if (message === 'run') {
    port.postMessage(run());
  } else {
    database.close();
    port.close();
  }
});
