// The writer thread: every write, and every read that must see all writes before it. One message is one
// transaction. Calls are checked before they write, so one that fails alone is a bug of ours: then the
// transaction is made again with a savepoint around each call, and only the bad one is refused.

import { parentPort, workerData } from 'node:worker_threads';
import { type Bodies, bodies as openBodies } from './body.ts';
import { waitingReader } from './claim.ts';
import type { Database } from './driver.ts';
import { type Failure, failureOf } from './failure.ts';
import { openForWriting } from './gate.ts';
import { type Housekeeping, housekeeping } from './housekeeping.ts';
import { type QueueIds, queueIds } from './queue-ids.ts';
import { findNextBodyId, type RescueInput, rescue } from './rescue.ts';
import { configureWriter, type Pragmas } from './schema.ts';
import { type WriterVerbs, writerVerbs } from './verbs.ts';
import { type Batch, type BatchAnswer, Unpacker } from './wire.ts';

export interface WriterOptions {
  readonly path: string;
  readonly pragmas: Pragmas;
}

/** What the writer says first. */
export type WriterReady =
  | { readonly isReady: true; readonly nextBodyId: number }
  | { readonly isReady: false; readonly failure: Failure };

type Apply = (input: never, packed: Unpacker) => unknown;

interface Apart {
  readonly at: number;
  readonly packed: Unpacker;
  readonly failures: [number, Failure][];
}

class Writer {
  readonly nextBodyId: number;
  readonly #path: string;
  readonly #database: Database;
  readonly #queues: QueueIds;
  readonly #bodies: Bodies;
  readonly #verbs: WriterVerbs;
  readonly #housekeeping: Housekeeping;
  /** Why nothing can be written any more. */
  #broken: Failure | undefined;

  constructor({ path, pragmas }: WriterOptions) {
    this.#path = path;
    this.#database = openForWriting(path);
    configureWriter(this.#database, pragmas);
    this.#queues = queueIds(this.#database);
    this.#bodies = openBodies(this.#database);
    this.#verbs = writerVerbs(this.#database, this.#queues, this.#bodies);
    this.#housekeeping = housekeeping(this.#database, this.#bodies, (error) => this.#fail(error));
    this.#checkWritable();
    this.nextBodyId = findNextBodyId(this.#database);
  }

  /**
   * A database that can only be read says so at its first write: better now than at the first job. A full
   * disk is no reason to stay closed, there is work that frees it.
   */
  #checkWritable(): void {
    try {
      this.#database.transact(() => this.#verbs.ping());
    } catch (error) {
      if (failureOf(error, this.#path).code !== 'storage_full') throw error;
    }
  }

  take(batch: Batch): BatchAnswer {
    const verb = batch.calls[0];
    if (verb === 'rescue' || verb === 'close') return this.#takeAlone(verb, batch.calls[1]);
    if (this.#broken !== undefined) return { answers: [], failures: [], failure: this.#broken };
    try {
      return this.#commit(batch, (at, packed) => this.#apply(batch, at, packed));
    } catch (error) {
      const failure = this.#fail(error);
      if (failure.isOfCommit) return { answers: [], failures: [], failure };
    }
    return this.#commitOneByOne(batch);
  }

  afterCommit(batch: Batch): void {
    if (this.#broken === undefined) this.#housekeeping.afterCommit(batch.isMoreWaiting);
  }

  #takeAlone(verb: 'rescue' | 'close', input: unknown): BatchAnswer {
    try {
      return { answers: [this.#alone(verb, input)], failures: [], failure: undefined };
    } catch (error) {
      return { answers: [], failures: [], failure: this.#fail(error) };
    }
  }

  #alone(verb: 'rescue' | 'close', input: unknown): unknown {
    if (verb === 'close') return this.#close();
    const [database, bodies] = [this.#database, this.#bodies];
    const tools = { database, bodies, read: waitingReader(database), findDue: this.#verbs.due };
    return rescue(tools, input as RescueInput);
  }

  #commit(batch: Batch, apply: (at: number, packed: Unpacker) => unknown): BatchAnswer {
    const answers: unknown[] = [];
    const packed = new Unpacker(batch.packed);
    this.#database.exec('begin immediate');
    for (let at = 0; at < batch.calls.length; at += 2) answers.push(apply(at, packed));
    this.#database.exec('commit');
    return { answers, failures: [], failure: undefined };
  }

  #apply(batch: Batch, at: number, packed: Unpacker): unknown {
    const apply = this.#verbs[batch.calls[at] as keyof WriterVerbs] as Apply;
    return apply(batch.calls[at + 1] as never, packed);
  }

  #commitOneByOne(batch: Batch): BatchAnswer {
    const failures: [number, Failure][] = [];
    try {
      const answer = this.#commit(batch, (at, packed) =>
        this.#applyApart(batch, { at, packed, failures }),
      );
      return { ...answer, failures };
    } catch (error) {
      return { answers: [], failures: [], failure: this.#fail(error) };
    }
  }

  #applyApart(batch: Batch, { at, packed, failures }: Apart): unknown {
    this.#database.exec('savepoint apart');
    try {
      return this.#apply(batch, at, packed);
    } catch (error) {
      const failure = failureOf(error, this.#path);
      if (failure.isOfCommit) throw error;
      failures.push([at / 2, failure]);
      this.#database.exec('rollback to apart');
      this.#queues.forget();
      return undefined;
    } finally {
      if (this.#database.isInTransaction) this.#database.exec('release apart');
    }
  }

  #fail(error: unknown): Failure {
    const failure = failureOf(error, this.#path);
    if (failure.isForGood) this.#broken ??= failure;
    this.#queues.forget();
    try {
      this.#database.rollback();
    } catch (rollbackError) {
      this.#broken ??= { ...failureOf(rollbackError, this.#path), isForGood: true };
    }
    return failure;
  }

  #close(): void {
    this.#housekeeping.stop();
    if (this.#broken === undefined) this.#database.ask('pragma wal_checkpoint(truncate)');
    this.#database.close();
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
  port.on('message', (batch: Batch) => {
    port.postMessage(writer.take(batch));
    if (batch.calls[0] === 'close') port.close();
    else writer.afterCommit(batch);
  });
  port.postMessage({ isReady: true, nextBodyId: writer.nextBodyId } satisfies WriterReady);
}

start(workerData as WriterOptions);
