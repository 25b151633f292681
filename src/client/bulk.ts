// Hands over any number of jobs on one connection: lines go out while answers come in, and what the
// server has not taken yet is not read from the caller either. Every line has its id before it
// leaves, so after a cut connection the unanswered lines simply go out again. What is too large for
// a line waits its turn and travels by itself, so that the order of the answers is the order of the
// items.

import { type ErrorCode, SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { BulkLine, BulkOptions, Receipt } from '../sendoff.ts';
import { Unreachable } from './failure.ts';
import { readLines } from './lines.ts';
import { isBusy, isPassingCode, pauseMs, type Transport } from './transport.ts';

/** One item on its way. */
export type Entry =
  /** A line of NDJSON. `freshId`: the id in it is of our own making. */
  | { readonly kind: 'line'; readonly text: string; readonly freshId?: string }
  /** Refused before it left. */
  | { readonly kind: 'refused'; readonly error: SendoffError }
  /** Too large for a line. */
  | { readonly kind: 'single'; readonly send: () => Promise<Result> };

/** What became of an item, before it has its number. */
export type Result = Accepted | Refusal;

type Accepted = Pick<Receipt, 'id' | 'notes'> & { readonly duplicate?: boolean };

interface Refusal {
  readonly code: string;
  readonly detail: string;
}

export async function* bulk(
  transport: Transport,
  entries: AsyncIterable<Entry>,
  options: BulkOptions = {},
): AsyncGenerator<BulkLine> {
  const progress = { accepted: 0, refused: 0 };
  let line = 0;
  for await (const result of new Conveyor(transport, entries, options.signal).run()) {
    if ('id' in result) progress.accepted++;
    else progress.refused++;
    options.onProgress?.({ ...progress });
    yield { line: ++line, ...result };
  }
}

/** The unanswered items, oldest first, and where the next one comes from. */
class Conveyor {
  readonly #transport: Transport;
  readonly #source: AsyncIterator<Entry>;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #unanswered: Entry[] = [];
  #unansweredBytes = 0;
  /** Items that have left `#unanswered`: the position of its first one. */
  #answered = 0;
  #pulling: Promise<void> | undefined;
  #isAtEnd = false;
  #sourceFailure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(transport: Transport, entries: AsyncIterable<Entry>, signal?: AbortSignal) {
    this.#transport = transport;
    this.#source = entries[Symbol.asyncIterator]();
    const stop = this.#stop.signal;
    this.#signal = signal === undefined ? stop : AbortSignal.any([stop, signal]);
  }

  async *run(): AsyncGenerator<Result> {
    try {
      for (let failures = 0; await this.#hasMore(); ) {
        try {
          for await (const result of this.#some()) {
            failures = 0;
            yield result;
          }
        } catch (error) {
          const isPassing = error instanceof Unreachable || isBusy(error);
          if (!isPassing || ++failures > limits.clientRepeats) throw error;
          await this.#transport.pause(pauseMs(error, failures), this.#signal);
        }
      }
      if (this.#sourceFailure !== undefined) throw this.#sourceFailure.error;
    } finally {
      this.#stop.abort();
      // Not awaited: a source that is stuck must not hold back a caller who has left.
      this.#source.return?.().catch(() => {});
    }
  }

  async #hasMore(): Promise<boolean> {
    if (this.#unanswered.length === 0) await this.#firstOfMore();
    return this.#unanswered.length > 0;
  }

  /** Without a connection nobody else would notice that the caller has given up. */
  async #firstOfMore(): Promise<void> {
    const { promise: isOver, resolve } = Promise.withResolvers<void>();
    const onAbort = (): void => resolve();
    this.#signal.addEventListener('abort', onAbort);
    await Promise.race([this.#pull(), isOver]);
    this.#signal.removeEventListener('abort', onAbort);
    if (this.#signal.aborted) throw this.#transport.failure(undefined, this.#signal);
  }

  /** As far as one connection goes. */
  async *#some(): AsyncGenerator<Result> {
    const first = this.#unanswered[0]!;
    if (first.kind === 'line') yield* this.#connection();
    else if (first.kind === 'refused') yield* this.#refused();
    else {
      const result = await first.send();
      this.#shift();
      yield result;
    }
  }

  async *#connection(): AsyncGenerator<Result> {
    const cursor = { at: this.#answered, isOver: false };
    try {
      const answer = await this.#transport.once({
        method: 'POST',
        path: '/v1/jobs',
        headers: ['content-type', 'application/x-ndjson'],
        body: this.#lines(cursor),
        signal: this.#signal,
        isLong: true,
      });
      if (answer.statusCode >= 400) throw await this.#transport.refusal(answer);
      for await (const text of readLines(answer.body)) {
        const result = JSON.parse(text) as Result;
        // Its line stays unanswered and goes out again, as a whole call would.
        if ('code' in result && isPassingCode(result.code)) throw passing(result);
        yield ownResult(result, this.#shift());
        yield* this.#refused();
      }
    } catch (error) {
      throw this.#transport.failure(error, this.#signal);
    } finally {
      cursor.isOver = true;
      this.#wake();
    }
    if (cursor.at > this.#answered) {
      const cause = new Error('it ended before every line was answered');
      throw new Unreachable(this.#transport.address, cause);
    }
  }

  /**
   * The lines of one connection: first what an earlier one left unanswered. Ends before a large
   * item.
   */
  async *#lines(cursor: { at: number; isOver: boolean }): AsyncGenerator<Uint8Array> {
    while (!cursor.isOver) {
      const entry = this.#unanswered[cursor.at - this.#answered];
      if (entry?.kind === 'single') return;
      if (entry !== undefined) {
        cursor.at++;
        if (entry.kind === 'line') yield Buffer.from(`${entry.text}\n`);
      } else if (this.#isAtEnd) return;
      else if (this.#isFull()) await new Promise<void>((resolve) => (this.#wake = resolve));
      else await this.#pull();
    }
  }

  *#refused(): Generator<Result> {
    for (;;) {
      const first = this.#unanswered[0];
      if (first?.kind !== 'refused') return;
      this.#shift();
      yield { code: first.error.code, detail: first.error.message };
    }
  }

  #isFull(): boolean {
    const { clientLinesUnanswered, clientBytesUnanswered } = limits;
    return (
      this.#unanswered.length >= clientLinesUnanswered ||
      this.#unansweredBytes >= clientBytesUnanswered
    );
  }

  /**
   * Reads one item. Shared, so that an item asked for by a connection that has broken is not lost.
   */
  #pull(): Promise<void> {
    this.#pulling ??= this.#read().finally(() => {
      this.#pulling = undefined;
    });
    return this.#pulling;
  }

  async #read(): Promise<void> {
    if (this.#isAtEnd) return;
    try {
      const { done, value } = await this.#source.next();
      if (done) this.#isAtEnd = true;
      else {
        this.#unanswered.push(value);
        this.#unansweredBytes += bytesOf(value);
      }
    } catch (error) {
      // What was handed over before is answered first; then the caller hears of its own error.
      this.#isAtEnd = true;
      this.#sourceFailure = { error };
    }
  }

  #shift(): Entry {
    const entry = this.#unanswered.shift();
    if (entry === undefined) {
      throw new SendoffError('internal', 'The server answered more lines than it was given');
    }
    this.#answered++;
    this.#unansweredBytes -= bytesOf(entry);
    this.#wake();
    return entry;
  }
}

/** A line has no `Retry-After`; this is what a server says where its error does not. */
const LINE_RETRY_MS = 1_000;

function passing({ code, detail }: Refusal): SendoffError {
  return new SendoffError(code as ErrorCode, detail, { retryAfterMs: LINE_RETRY_MS });
}

function bytesOf(entry: Entry): number {
  return entry.kind === 'line' ? entry.text.length : 0;
}

/** Only our own repetition can find an id that we have just made. */
function ownResult(result: Result, entry: Entry): Result {
  if (!('id' in result)) return { code: result.code, detail: result.detail };
  const isOurs = entry.kind === 'line' && entry.freshId === result.id;
  const { id, duplicate, notes } = result;
  return { id, ...(duplicate && !isOurs && { duplicate }), ...(notes && { notes }) };
}
