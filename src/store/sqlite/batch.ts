// Self-clocked group commit, seen from the main thread. One commit is under way at a time; what
// arrives meanwhile is the next one. So a lone call waits for nothing but its own sync, and under
// load commits grow by themselves. One that cannot grow any more lies ready at the writer, which
// then need not wait for a busy main thread. New jobs stand in a line of their own, and results,
// claims and cancellations in another: each has half of a commit to itself when both ask for more,
// so that work which ends never waits behind work that comes. Nobody speaks of a job before its
// append is answered, so an append may be overtaken. Chunks of large bodies queue apart too, get
// only a part of a commit, and never two in a row that somebody's job could have had to itself.

import type { Worker } from 'node:worker_threads';
import type { Clock } from '../../clock.ts';
import { assert, SendoffError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Load } from '../store.ts';
import { errorOf } from './failure.ts';
import { type Batch, type BatchAnswer, type BatchReturn, Packer } from './wire.ts';

/** Packs what a call brings; what is left of its input comes back. */
export type Pack = (packer: Packer) => unknown;

interface Call {
  /** Counts calls as they are made. */
  readonly order: number;
  readonly verb: string;
  readonly pack: Pack;
  /** Rows it writes, roughly; a commit takes `limits.operationsPerCommit`. */
  readonly weight: number;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls of one commit. */
interface Taken {
  readonly calls: readonly Call[];
  /** New jobs among them. */
  readonly jobs: number;
}

interface Sent extends Taken {
  readonly at: number;
}

const MOST_SPARE_BYTES = 2 * limits.chunkBytesPerCommit;
const CHUNKS_PER_COMMIT = Math.floor(limits.chunkBytesPerCommit / limits.chunkBytes);
const HALF = limits.operationsPerCommit / 2;
/** How much of the average the latest commit is. */
const LATEST_SHARE = 0.2;

export interface GroupCommitOptions {
  readonly clock: Clock;
  readonly jobsWaiting: number;
}

export class GroupCommit {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #load = { jobs: 0, commitMs: 0, jobsPerCommit: limits.operationsPerCommit };
  /** New jobs. */
  #appends: Call[] = [];
  /** All else, in the order in which it was asked for. */
  #calls: Call[] = [];
  #chunks: Call[] = [];
  /** The last commit carried chunks, so a job that waited for it goes without them. */
  #isJobsTurn = false;
  #riding: Call | undefined;
  /** The first is being written, a second one lies ready. */
  #underWay: Sent[] = [];
  #answeredAt = 0;
  /** So many new jobs that wait are a commit that grows no more. */
  readonly #fullAt: number;
  #made = 0;
  #isScheduled = false;
  #isClosing = false;
  #lost: SendoffError | undefined;
  /**
   * Megabytes made and thrown away for each commit would pile up faster than they are collected.
   */
  #spare: ArrayBuffer | undefined;

  /** `jobsWaiting`: more new jobs never wait. */
  constructor(worker: Worker, { clock, jobsWaiting }: GroupCommitOptions) {
    this.#worker = worker;
    this.#clock = clock;
    this.#fullAt = Math.min(limits.operationsPerCommit, jobsWaiting);
    worker.on('message', ({ answer, spare }: BatchReturn) => {
      if (spare.byteLength <= MOST_SPARE_BYTES) this.#spare = spare;
      this.#settle(answer);
    });
    worker.on('error', (cause) => this.#lose(cause));
    worker.on('exit', () => this.#lose(undefined));
    worker.unref();
  }

  get load(): Load {
    return this.#load;
  }

  /** Stores `jobs` new ones. */
  append<T>(pack: Pack, jobs: number): Promise<T> {
    const before = this.#appends.length;
    const stored = this.#enqueue<T>(this.#appends, 'append', pack, jobs);
    if (this.#appends.length > before) {
      this.#load.jobs += jobs;
      this.#schedule();
    }
    return stored;
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
    this.#riding = {
      order: 0,
      verb,
      pack: () => input,
      weight: 1,
      resolve: ignore,
      reject: ignore,
    };
  }

  /** Commits what waits, then ends the worker. */
  async close(): Promise<void> {
    const closed = this.submit<void>('close', () => undefined);
    this.#isClosing = true;
    await closed;
    this.#lost ??= closedError();
  }

  #enqueue<T>(queue: Call[], verb: string, pack: Pack, weight: number): Promise<T> {
    const over = this.#lost ?? (this.#isClosing ? closedError() : undefined);
    if (over !== undefined) return Promise.reject(over);
    return new Promise<T>((resolve, reject) => {
      queue.push({ order: this.#made++, verb, pack, weight, resolve, reject });
      this.#schedule();
    });
  }

  /** After this turn of the loop, so that calls of all its sockets share a commit. */
  #schedule(): void {
    if (this.#isScheduled || !this.#maySend()) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#maySend()) this.#send();
    });
  }

  #maySend(): boolean {
    const [first, second] = this.#underWay;
    if (first === undefined) return true;
    return second === undefined && this.#load.jobs >= this.#fullAt;
  }

  #send(): void {
    const { calls, jobs } = this.#take();
    if (calls.length === 0) return;
    // Those that lie ready still wait.
    if (this.#underWay.length === 0) this.#load.jobs -= jobs;
    this.#underWay.push({ calls, jobs, at: this.#clock.now() });
    const packer = new Packer();
    const flat: unknown[] = [];
    for (const { verb, pack } of calls) flat.push(verb, pack(packer));
    const packed = packer.finish(this.#spare);
    this.#spare = undefined;
    const batch: Batch = { calls: flat, packed, isMoreWaiting: this.#isMoreWaiting() };
    this.#worker.ref();
    this.#worker.postMessage(batch, [packed.numbers.buffer, packed.bytes.buffer]);
  }

  #take(): Taken {
    const [first] = this.#calls;
    if (first !== undefined && isLone(first)) return this.#takeBefore();
    // What each line may have grows by what the other leaves.
    const ownShare = HALF + Math.max(0, HALF - weightOf(this.#appends, HALF));
    const others = takeUpTo(this.#calls, ownShare);
    const left = limits.operationsPerCommit - others.weight;
    const appends = takeUpTo(this.#appends, Math.max(HALF, left));
    const ordered = inOrder(others.calls, appends.calls);
    const mayTakeChunks = ordered.length === 0 || !this.#isJobsTurn;
    const chunks = this.#chunks.splice(0, mayTakeChunks ? CHUNKS_PER_COMMIT : 0);
    this.#isJobsTurn = chunks.length > 0;
    const taken = [...ordered, ...chunks];
    const isRest = this.#calls.length + this.#appends.length === 0;
    if (this.#riding !== undefined && taken.length > 0 && isRest) {
      taken.push(this.#riding);
      this.#riding = undefined;
    }
    return { calls: taken, jobs: appends.weight };
  }

  /** What is to be alone comes after everything that was there before it. */
  #takeBefore(): Taken {
    const appends = takeUpTo(this.#appends, limits.operationsPerCommit);
    const before = [...appends.calls, ...this.#chunks.splice(0, CHUNKS_PER_COMMIT)];
    if (this.#riding !== undefined && this.#appends.length === 0) before.push(this.#riding);
    if (this.#appends.length === 0) this.#riding = undefined;
    const calls = before.length > 0 ? before : this.#calls.splice(0, 1);
    return { calls, jobs: appends.weight };
  }

  #isMoreWaiting(): boolean {
    return this.#appends.length + this.#calls.length + this.#chunks.length > 0;
  }

  #settle(answer: BatchAnswer): void {
    const sent = this.#underWay.shift();
    assert(sent, 'an answer of the writer belongs to a commit');
    const { calls } = sent;
    this.#load.jobs -= this.#underWay[0]?.jobs ?? 0;
    const now = this.#clock.now();
    const commitMs = Math.max(0, now - Math.max(sent.at, this.#answeredAt));
    this.#answeredAt = now;
    this.#load.commitMs += LATEST_SHARE * (commitMs - this.#load.commitMs);
    if (this.#isMoreWaiting()) this.#schedule();
    else if (this.#underWay.length === 0) this.#worker.unref();

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
    const sent = this.#underWay.flatMap(({ calls }) => calls);
    const calls = [...sent, ...this.#calls, ...this.#appends, ...this.#chunks];
    this.#underWay = [];
    this.#calls = [];
    this.#appends = [];
    this.#load.jobs = 0;
    this.#chunks = [];
    for (const call of calls) call.reject(this.#lost);
  }
}

function ignore(): void {}

/** As they were made: nothing is overtaken but what a commit has no room for. */
function inOrder(others: readonly Call[], appends: readonly Call[]): readonly Call[] {
  if (others.length === 0) return appends;
  if (appends.length === 0) return others;
  return [...others, ...appends].sort((a, b) => a.order - b.order);
}

/** From the front, one at least. */
function takeUpTo(
  line: Call[],
  most: number,
): { readonly calls: readonly Call[]; readonly weight: number } {
  let weight = 0;
  let count = 0;
  for (const call of line) {
    if (isLone(call) || (count > 0 && weight + call.weight > most)) break;
    weight += call.weight;
    count++;
  }
  return { calls: line.splice(0, count), weight };
}

/** Looks no further than `most`. */
function weightOf(line: readonly Call[], most: number): number {
  let weight = 0;
  for (const call of line) {
    weight += call.weight;
    if (weight >= most) return most;
  }
  return weight;
}

function isLone(call: Call): boolean {
  return call.verb === 'rescue' || call.verb === 'close';
}

function closedError(): SendoffError {
  return new SendoffError('closed', 'The store is closed');
}
