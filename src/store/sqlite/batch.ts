// Self-clocked group commit, seen from the main thread. One commit is under way at a time; what
// arrives meanwhile is the next one. So a lone call waits for nothing but its own sync, and under
// load commits grow by themselves. Chunks of large bodies queue apart, get only a part of a commit,
// and never two commits in a row that somebody's job could have had to itself.

import type { Worker } from 'node:worker_threads';
import { assert, SendoffError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { errorOf } from './failure.ts';
import { type Batch, type BatchAnswer, type BatchReturn, Packer } from './wire.ts';

/** Packs what a call brings; what is left of its input comes back. */
export type Pack = (packer: Packer) => unknown;

interface Call {
  readonly verb: string;
  readonly pack: Pack;
  /** Rows it writes, roughly; a commit takes `limits.operationsPerCommit`. */
  readonly weight: number;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

const MOST_SPARE_BYTES = 2 * limits.chunkBytesPerCommit;
const CHUNKS_PER_COMMIT = Math.floor(limits.chunkBytesPerCommit / limits.chunkBytes);

export class GroupCommit {
  readonly #worker: Worker;
  #calls: Call[] = [];
  #chunks: Call[] = [];
  /** The last commit carried chunks, so a job that waited for it goes without them. */
  #isJobsTurn = false;
  #riding: Call | undefined;
  #underWay: readonly Call[] = [];
  #isScheduled = false;
  #isClosing = false;
  #lost: SendoffError | undefined;
  /**
   * Megabytes made and thrown away for each commit would pile up faster than they are collected.
   */
  #spare: ArrayBuffer | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', ({ answer, spare }: BatchReturn) => {
      if (spare.byteLength <= MOST_SPARE_BYTES) this.#spare = spare;
      this.#settle(answer);
    });
    worker.on('error', (cause) => this.#lose(cause));
    worker.on('exit', () => this.#lose(undefined));
    worker.unref();
  }

  /** Resolves with the answer after the commit is synced. */
  submit<T>(verb: string, pack: Pack, weight = 1): Promise<T> {
    return this.#enqueue(this.#calls, verb, pack, weight);
  }

  submitChunk(verb: 'chunk' | 'discard', pack: Pack): Promise<void> {
    return this.#enqueue(this.#chunks, verb, pack, 1);
  }

  /** Rides on the next commit that leaves no earlier call behind; makes none by itself. */
  ride(verb: string, input: unknown): void {
    this.#riding = { verb, pack: () => input, weight: 1, resolve: ignore, reject: ignore };
  }

  /** Commits what waits, then ends the worker. */
  async close(): Promise<void> {
    const closed = this.submit<void>('close', () => undefined);
    this.#isClosing = true;
    await closed;
    this.#lost ??= closedError();
  }

  #enqueue<T>(queue: Call[], verb: string, pack: Pack, weight: number): Promise<T> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    if (this.#isClosing) return Promise.reject(closedError());
    return new Promise<T>((resolve, reject) => {
      queue.push({ verb, pack, weight, resolve, reject });
      this.#schedule();
    });
  }

  /** After this turn of the loop, so that calls of all its sockets share a commit. */
  #schedule(): void {
    if (this.#isScheduled || this.#underWay.length > 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    const calls = this.#take();
    if (calls.length === 0) return;
    this.#underWay = calls;
    const packer = new Packer();
    const flat: unknown[] = [];
    for (const { verb, pack } of calls) flat.push(verb, pack(packer));
    const packed = packer.finish(this.#spare);
    this.#spare = undefined;
    const isMoreWaiting = this.#calls.length + this.#chunks.length > 0;
    const batch: Batch = { calls: flat, packed, isMoreWaiting };
    this.#worker.ref();
    this.#worker.postMessage(batch, [packed.numbers.buffer, packed.bytes.buffer]);
  }

  #take(): Call[] {
    const [first] = this.#calls;
    if (first !== undefined && isLone(first)) {
      // `close` is the last: chunks and what only rides go before it.
      const last = this.#chunks.splice(0, CHUNKS_PER_COMMIT);
      if (this.#riding !== undefined) last.push(this.#riding);
      this.#riding = undefined;
      return last.length > 0 ? last : this.#calls.splice(0, 1);
    }
    let weight = 0;
    let count = 0;
    for (const call of this.#calls) {
      if (isLone(call) || (count > 0 && weight + call.weight > limits.operationsPerCommit)) break;
      weight += call.weight;
      count++;
    }
    const mayTakeChunks = count === 0 || !this.#isJobsTurn;
    const chunks = this.#chunks.splice(0, mayTakeChunks ? CHUNKS_PER_COMMIT : 0);
    this.#isJobsTurn = chunks.length > 0;
    const taken = [...this.#calls.splice(0, count), ...chunks];
    if (this.#riding !== undefined && taken.length > 0 && this.#calls.length === 0) {
      taken.push(this.#riding);
      this.#riding = undefined;
    }
    return taken;
  }

  #settle(answer: BatchAnswer): void {
    const calls = this.#underWay;
    this.#underWay = [];
    assert(calls.length > 0, 'an answer of the writer belongs to a commit');
    if (this.#calls.length + this.#chunks.length > 0) this.#schedule();
    else this.#worker.unref();

    const { answers, failures, failure } = answer;
    if (failure !== undefined) {
      const error = errorOf(failure);
      for (const call of calls) call.reject(error);
      return;
    }
    const failed = new Map(failures);
    for (const [at, call] of calls.entries()) {
      const own = failed.get(at);
      if (own === undefined) call.resolve(answers[at] as never);
      else call.reject(errorOf(own));
    }
  }

  #lose(cause: unknown): void {
    this.#lost ??= this.#isClosing
      ? closedError()
      : new SendoffError('store_unavailable', 'The writer of the store has ended', { cause });
    const calls = [...this.#underWay, ...this.#calls, ...this.#chunks];
    this.#underWay = [];
    this.#calls = [];
    this.#chunks = [];
    for (const call of calls) call.reject(this.#lost);
  }
}

function ignore(): void {}

function isLone(call: Call): boolean {
  return call.verb === 'rescue' || call.verb === 'close';
}

function closedError(): SendoffError {
  return new SendoffError('closed', 'The store is closed');
}
