// One message, one transaction. Calls are checked before they write, so normally everything is
// applied as it comes and committed. Two things can go wrong without harm to the calls beside:
// - one call fails by itself, which is a bug of ours: the transaction is made again with a
//   savepoint around each call, and only the bad one is refused;
// - the disk is full: the transaction is made again without what brings new jobs and bodies, so
//   that results can still be written down and old jobs still be removed.

import type { Database } from './driver.ts';
import { type Failure, failureOf } from './failure.ts';
import { unpackJobs } from './job-on-wire.ts';
import type { AppendOnWire, WriterVerbs } from './verbs.ts';
import { type Batch, type BatchAnswer, Unpacker } from './wire.ts';

interface Call {
  readonly verb: keyof WriterVerbs;
  readonly input: unknown;
  readonly packed: Unpacker;
}
type Apply = (call: Call) => unknown;
type AnyVerb = (input: never, packed: Unpacker) => unknown;

/** A refusal on its way through `transact`: the call is answered with it. */
class Refusal {
  readonly failure: Failure;
  constructor(failure: Failure) {
    this.failure = failure;
  }
}

export class Commits {
  readonly #database: Database;
  readonly #verbs: WriterVerbs;
  readonly #onRollback: () => void;
  /** Why nothing can be written any more. */
  #broken: Failure | undefined;

  constructor(parts: {
    readonly database: Database;
    readonly verbs: WriterVerbs;
    /** Whatever was remembered of the transaction is void. */
    readonly onRollback: () => void;
  }) {
    this.#database = parts.database;
    this.#verbs = parts.verbs;
    this.#onRollback = parts.onRollback;
  }

  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  take(batch: Batch): BatchAnswer {
    if (this.#broken !== undefined) return refused(this.#broken);
    try {
      return this.#transact(batch, (call) => this.#apply(call));
    } catch (error) {
      return this.#takeAgain(batch, this.fail(error));
    }
  }

  /** Rolls back and says what the error means; from some errors on, nothing is written any more. */
  fail(error: unknown): Failure {
    return this.failWith(failureOf(error));
  }

  failWith(failure: Failure): Failure {
    if (failure.isForGood) this.#broken ??= failure;
    this.#onRollback();
    try {
      this.#database.rollback();
    } catch (rollbackError) {
      this.#broken ??= { ...failureOf(rollbackError), isForGood: true };
    }
    return failure;
  }

  #takeAgain(batch: Batch, failure: Failure): BatchAnswer {
    const isFull = failure.code === 'storage_full';
    if (failure.isOfCommit && !isFull) return refused(failure);
    const apply: Apply = isFull
      ? (call) => (skipNew(call) ? new Refusal(failure) : this.#apply(call))
      : (call) => this.#applyApart(call);
    try {
      return this.#transact(batch, apply);
    } catch (error) {
      return refused(this.fail(error));
    }
  }

  #transact(batch: Batch, apply: Apply): BatchAnswer {
    const answers: unknown[] = [];
    const failures: [number, Failure][] = [];
    const packed = new Unpacker(batch.packed);
    this.#database.exec('begin immediate');
    for (let at = 0; at < batch.calls.length; at += 2) {
      const verb = batch.calls[at] as keyof WriterVerbs;
      const answer = apply({ verb, input: batch.calls[at + 1], packed });
      if (answer instanceof Refusal) failures.push([answers.length, answer.failure]);
      answers.push(answer instanceof Refusal ? undefined : answer);
    }
    this.#database.exec('commit');
    return { answers, failures, failure: undefined };
  }

  #apply({ verb, input, packed }: Call): unknown {
    return (this.#verbs[verb] as AnyVerb)(input as never, packed);
  }

  #applyApart(call: Call): unknown {
    this.#database.exec('savepoint apart');
    try {
      const answer = this.#apply(call);
      this.#database.exec('release apart');
      return answer;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.isOfCommit) throw error;
      this.#database.exec('rollback to apart; release apart');
      this.#onRollback();
      return new Refusal(failure);
    }
  }
}

/** True for a call that brings something new; what it packed is passed over. */
function skipNew({ verb, input, packed }: Call): boolean {
  if (verb === 'append') unpackJobs(jobsIn(input as AppendOnWire), packed);
  else if (verb === 'chunk') packed.bytesOrNull();
  else return verb === 'ping' || verb === 'resend';
  return true;
}

function jobsIn(input: AppendOnWire): number {
  return typeof input === 'number' ? input : input.jobs;
}

function refused(failure: Failure): BatchAnswer {
  return { answers: [], failures: [], failure };
}
