// The writer thread: every write, and every read that must see all writes before it. `rescue` and
// `close` come alone and make transactions of their own; everything else is a batch, which is one.

import { parentPort, workerData } from 'node:worker_threads';
import type { Rescued } from '../store.ts';
import { type Bodies, bodies as openBodies } from './body.ts';
import { waitingReader } from './claim.ts';
import { Commits } from './commit.ts';
import type { Database } from './driver.ts';
import { type Failure, failureOf } from './failure.ts';
import { openForWriting } from './gate.ts';
import { type Housekeeping, housekeeping } from './housekeeping.ts';
import { queueIds } from './queue-ids.ts';
import { findNextBodyId, type RescueInput, rescue } from './rescue.ts';
import { configureWriter, type Pragmas } from './schema.ts';
import { type WriterVerbs, writerVerbs } from './verbs.ts';
import { warmWal } from './warm-wal.ts';
import type { Batch, BatchAnswer, BatchReturn } from './wire.ts';

export interface WriterOptions {
  readonly path: string;
  readonly pragmas: Pragmas;
  /** Every commit takes this much longer. */
  readonly slowerMs: number;
}

/** What the writer says first. */
export type WriterReady =
  | { readonly isReady: true; readonly nextBodyId: number }
  | { readonly isReady: false; readonly failure: Failure };

class Writer {
  readonly nextBodyId: number;
  readonly #path: string;
  readonly #database: Database;
  readonly #bodies: Bodies;
  readonly #verbs: WriterVerbs;
  readonly #commits: Commits;
  readonly #housekeeping: Housekeeping;

  constructor({ path, pragmas }: WriterOptions) {
    const database = openForWriting(path);
    configureWriter(database, pragmas);
    const queues = queueIds(database);
    this.#path = path;
    this.#database = database;
    this.#bodies = openBodies(database);
    this.#verbs = writerVerbs(database, queues, this.#bodies);
    const onRollback = (): void => queues.forget();
    this.#commits = new Commits({ database, verbs: this.#verbs, onRollback });
    const onFailure = (failure: Failure): void => void this.#commits.failWith(failure);
    this.#housekeeping = housekeeping(database, this.#bodies, { path, onFailure });
    warmWal(database);
    this.#checkWritable();
    this.nextBodyId = findNextBodyId(database);
  }

  take(batch: Batch): BatchAnswer {
    if (batch.calls[0] !== 'rescue') return this.#commits.take(batch);
    return this.#alone(() => this.#rescue(batch.calls[1] as RescueInput));
  }

  afterCommit(batch: Batch): void {
    if (!this.#commits.isBroken) this.#housekeeping.afterCommit(batch.isMoreWaiting);
  }

  /**
   * A database that can only be read says so at its first write: better now than at the first job.
   * A full disk is no reason to stay closed, there is work that frees it.
   */
  #checkWritable(): void {
    try {
      this.#database.transact(() => this.#verbs.ping());
    } catch (error) {
      if (failureOf(error, this.#path).code !== 'storage_full') throw error;
    }
  }

  async close(): Promise<BatchAnswer> {
    await this.#housekeeping.stop();
    return this.#alone(() => this.#close());
  }

  #alone(work: () => unknown): BatchAnswer {
    try {
      return { answers: [work()], failures: [], failure: undefined };
    } catch (error) {
      const failure = this.#commits.failWith(failureOf(error, this.#path));
      return { answers: [], failures: [], failure };
    }
  }

  #rescue(input: RescueInput): Rescued {
    const [database, bodies] = [this.#database, this.#bodies];
    const tools = { database, bodies, read: waitingReader(database), findDue: this.#verbs.due };
    return rescue(tools, input);
  }

  #close(): void {
    try {
      if (!this.#commits.isBroken) this.#database.ask('pragma wal_checkpoint(truncate)');
    } catch {
      // A full disk, say. Everything is in the WAL, where the next start finds it.
    } finally {
      this.#database.close();
    }
  }
}

const port = parentPort!;

function start(options: WriterOptions): void {
  let writer: Writer;
  try {
    writer = new Writer(options);
  } catch (error) {
    const failure = failureOf(error, options.path);
    port.postMessage({ isReady: false, failure } satisfies WriterReady);
    return;
  }
  const wait = new Int32Array(new SharedArrayBuffer(4));
  const reply = (batch: Batch, answer: BatchAnswer): void => {
    const spare = batch.packed.bytes.buffer;
    port.postMessage({ answer, spare } satisfies BatchReturn, [spare]);
  };
  port.on('message', async (batch: Batch) => {
    if (batch.calls[0] === 'close') {
      reply(batch, await writer.close());
      port.close();
    } else {
      if (options.slowerMs > 0) Atomics.wait(wait, 0, 0, options.slowerMs);
      reply(batch, writer.take(batch));
      writer.afterCommit(batch);
    }
  });
  port.postMessage({ isReady: true, nextBodyId: writer.nextBodyId } satisfies WriterReady);
}

start(workerData as WriterOptions);
