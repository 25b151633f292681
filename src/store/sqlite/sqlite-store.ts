// The store in one SQLite file. This is its face on the main thread: changes go to the writer
// thread in group commits, questions to the reader thread, and the in-flight file is written from
// here, because an attempt must not wait for a commit to be named.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../../clock.ts';
import { SendoffError } from '../../errors.ts';
import type { BodyWriter } from '../../job/body.ts';
import { limits } from '../../limits.ts';
import type * as contract from '../store.ts';
import { Ballast } from './ballast.ts';
import { GroupCommit } from './batch.ts';
import { errorOf } from './failure.ts';
import { InFlight } from './in-flight.ts';
import { packJobs } from './job-on-wire.ts';
import { Litter } from './litter.ts';
import { Looking } from './looking.ts';
import { Questions } from './questions.ts';
import { realStorePath } from './real-path.ts';
import { packSettlements } from './settlement-on-wire.ts';
import { sizes } from './sizes.ts';
import { Upload } from './upload.ts';
import type { AppendOnWire, WriterVerbs } from './verbs.ts';
import type { Packer } from './wire.ts';
import type { WriterOptions, WriterReady } from './writer.ts';

export interface SqliteStore extends contract.Store {
  /** Absolute, links followed. */
  readonly path: string;
}

export interface SqliteStoreOptions {
  /** Pages that the database may have; for tests of a full disk. */
  readonly maxPageCount?: number;
  /** @default 'full' */
  readonly synchronous?: 'full' | 'normal';
  /** Every commit takes this much longer: what a slow disk does, for tests and measurements. */
  readonly slowerMs?: number;
  /** New jobs that may wait for a commit, as the caller sees to. @default 50,000 */
  readonly jobsWaiting?: number;
  readonly clock?: Clock;
}

/**
 * Opens the store in `path`, or makes it. The caller holds the lock (`takeLock`) and calls `rescue`
 * first.
 *
 * @throws SendoffError `not_a_sendoff_store`, `store_too_new`, `sqlite_too_old`, `store_readonly`,
 *   `store_unavailable`
 */
export async function openSqliteStore(
  path: string,
  options: SqliteStoreOptions = {},
): Promise<SqliteStore> {
  const realPath = realStorePath(path);
  const { synchronous = 'full', maxPageCount, slowerMs = 0, clock = systemClock } = options;
  const { jobsWaiting = limits.operationsWaiting } = options;
  const ballast = new Ballast(realPath);
  await ballast.giveUpIfNeeded();
  const writer = startWorker('writer', {
    path: realPath,
    pragmas: { synchronous, maxPageCount },
    slowerMs,
  } satisfies WriterOptions);
  const reader = startWorker('reader', { path: realPath });
  const [ready] = (await once(writer, 'message')) as [WriterReady];
  if (!ready.isReady) {
    await reader.terminate();
    throw errorOf(ready.failure);
  }
  const commits = new GroupCommit(writer, { clock, jobsWaiting });
  try {
    const inFlight = new InFlight(`${realPath}.inflight`);
    reader.postMessage('open');
    await once(reader, 'message');
    const { nextBodyId } = ready;
    return new OpenStore({
      path: realPath,
      commits,
      questions: new Questions(reader),
      inFlight,
      ballast,
      nextBodyId,
    });
  } catch (error) {
    await Promise.all([reader.terminate(), commits.close()]);
    throw error;
  }
}

function startWorker(name: 'writer' | 'reader', workerData: unknown): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = new URL(`./${name}.${extension}`, import.meta.url);
  // Flags of our own process are not for these threads; some (`--input-type`) would break them.
  const resourceLimits = { maxYoungGenerationSizeMb: limits.storeThreadYoungMib };
  return new Worker(file, { workerData, name, execArgv: [], resourceLimits });
}

const STORED = { kind: 'stored' } as const;

type WriterResult<V extends keyof WriterVerbs> = ReturnType<WriterVerbs[V]>;

interface Parts {
  readonly path: string;
  readonly commits: GroupCommit;
  readonly questions: Questions;
  readonly inFlight: InFlight;
  readonly ballast: Ballast;
  readonly nextBodyId: number;
}

class OpenStore extends Looking implements SqliteStore {
  readonly path: string;
  readonly #commits: GroupCommit;
  readonly #questions: Questions;
  readonly #inFlight: InFlight;
  readonly #litter = new Litter();
  readonly #ballast: Ballast;
  #nextBodyId: number;
  #closed: Promise<void> | undefined;

  constructor(parts: Parts) {
    super(parts.questions);
    this.path = parts.path;
    this.#commits = parts.commits;
    this.#questions = parts.questions;
    this.#inFlight = parts.inFlight;
    this.#ballast = parts.ballast;
    this.#nextBodyId = parts.nextBodyId;
  }

  async rescue(options: { now: number; keepFailedMs: number }): Promise<contract.Rescued> {
    const input = { ...options, slots: this.#inFlight.found };
    const rescued = await this.#commits.submit<contract.Rescued>('rescue', () => input);
    this.#nextBodyId = Math.max(this.#nextBodyId, rescued.nextBodyId);
    this.#inFlight.reset();
    return rescued;
  }

  async append(
    jobs: readonly contract.NewJob[],
    extras?: contract.AppendExtras,
  ): Promise<contract.AppendResult> {
    const pack = (packer: Packer): AppendOnWire => {
      const count = packJobs(jobs, packer);
      return extras ? { jobs: count, extras } : count;
    };
    const { length } = jobs;
    const result = await this.#commits.append<WriterResult<'append'>>(pack, length);
    return result ?? { kind: 'appended', jobs: Array.from({ length }, () => STORED) };
  }

  load(): contract.Load {
    return this.#commits.load;
  }

  claim(
    claims: readonly contract.Claim[],
    now: number,
  ): Promise<readonly (readonly contract.Claimed[])[]> {
    return this.#commits.submit('claim', () => ({ claims, now }), claims.length);
  }

  lineUp(queues: readonly string[]): Promise<readonly contract.LinedUp[]> {
    return this.#commits.submit('lineUp', () => queues, queues.length);
  }

  saveSettings(rows: readonly contract.SettingRow[]): Promise<void> {
    return this.#commits.submit('saveSettings', () => rows, rows.length);
  }

  due(span: {
    after: number;
    until: number;
  }): Promise<{ queues: readonly string[]; nextAt: number | null }> {
    return this.#commits.submit('due', () => span);
  }

  start(starts: readonly contract.Start[]): void {
    if (this.#closed !== undefined) throw new SendoffError('closed', 'The store is closed');
    this.#inFlight.start(starts);
  }

  async settle(settlements: readonly contract.Settlement[]): Promise<readonly boolean[]> {
    const pack = (packer: Packer): number => packSettlements(settlements, packer);
    const { length } = settlements;
    const results = await this.#commits.submit<WriterResult<'settle'>>('settle', pack, length);
    for (const { seq, attempt } of settlements) this.#inFlight.free(seq, attempt);
    return results ?? Array.from({ length }, () => true);
  }

  park(parks: readonly contract.Park[]): Promise<void> {
    return this.#commits.submit('park', () => parks, parks.length);
  }

  cancelWaiting(
    cancels: readonly contract.CancelWaiting[],
  ): Promise<readonly contract.CancelledWaiting[]> {
    return this.#commits.submit('cancel', () => cancels, cancels.length);
  }

  reopen(reopens: readonly contract.Reopen[]): Promise<readonly contract.Reopened[]> {
    return this.#commits.submit('reopen', () => reopens, reopens.length);
  }

  expired(now: number, limit: number): Promise<readonly contract.Expired[]> {
    return this.#commits.submit('expired', () => ({ now, limit }));
  }

  beat(lowSeq: number): void {
    this.#commits.ride('beat', lowSeq);
  }

  prune(now: number, limit: number): Promise<number> {
    return this.#commits.submit('prune', () => ({ now, limit }), limit);
  }

  pruneEarly(settledUntil: number, limit: number): Promise<number> {
    return this.#commits.submit('pruneEarly', () => ({ now: settledUntil, limit }), limit);
  }

  reserve(isKept: boolean): Promise<void> {
    return this.#ballast.reserve(isKept);
  }

  writeBody(): BodyWriter {
    return new Upload(this.#nextBodyId++, this.#commits, this.#litter);
  }

  async *readBody(bodyId: number): AsyncIterable<Uint8Array> {
    for (let part = 0; ; part++) {
      const chunk = await this.#questions.ask('chunk', { bodyId, part });
      if (chunk === undefined) {
        throw new SendoffError('not_found', `Body ${bodyId} is gone from part ${part} on`);
      }
      this.#litter.add(chunk.data.byteLength);
      if (chunk.data.byteLength > 0) yield chunk.data;
      if (chunk.isLast) return;
    }
  }

  resend(resends: readonly contract.Resend[]): Promise<readonly contract.Resent[]> {
    return this.#commits.submit('resend', () => resends, resends.length);
  }

  beginBulk(bulk: contract.NewBulk): Promise<contract.BulkBegun> {
    return this.#commits.submit('beginBulk', () => bulk);
  }

  stepBulk(step: contract.BulkStep): Promise<contract.BulkStepped | undefined> {
    return this.#commits.submit('stepBulk', () => step, limits.bulkStepJobs);
  }

  abortBulk(id: string, end: contract.BulkEnd): Promise<contract.BulkRow | undefined> {
    return this.#commits.submit('abortBulk', () => ({ id, ...end }));
  }

  async sizes(): Promise<contract.StoreSizes> {
    return sizes(this.path, await this.#questions.ask('pages'));
  }

  ping(): Promise<void> {
    return this.#commits.submit('ping', () => undefined);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // The reader first: the WAL can be folded in completely only when nobody looks at it.
    try {
      await this.#questions.close();
    } finally {
      await this.#commits.close().finally(() => this.#inFlight.close());
    }
  }
}
