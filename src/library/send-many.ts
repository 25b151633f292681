// Any number of jobs with backpressure: a bounded number is on its way to the disk at any moment,
// so that they share commits, and each answer comes in the order of its item and as soon as it is
// known, whatever the source is doing. However the hand-over ends, what was handed over is answered
// first.

import { SendoffError } from '../errors.ts';
import { abortedError } from '../request-input.ts';
import type { BulkLine, BulkOptions, Receipt, SendInput } from '../sendoff.ts';

// Enough to fill a commit, few enough to stay small in memory.
const ON_THEIR_WAY = 1_000;

type Submit = (item: SendInput) => Promise<Receipt>;

export async function* sendMany(
  items: Iterable<SendInput> | AsyncIterable<SendInput>,
  submit: Submit,
  { onProgress, signal }: BulkOptions,
): AsyncGenerator<BulkLine> {
  const tally = { accepted: 0, refused: 0 };
  const line = new Line(items, submit, signal);
  for await (const answer of line.run()) {
    if ('id' in answer) tally.accepted++;
    else tally.refused++;
    onProgress?.({ ...tally });
    yield answer;
  }
}

/** The items under way, oldest first, and where the next one comes from. */
class Line {
  readonly #source: AsyncIterator<SendInput>;
  readonly #submit: Submit;
  readonly #signal: AbortSignal | undefined;
  readonly #waiting: { answer?: BulkLine }[] = [];
  #count = 0;
  #isReading = false;
  #isAtEnd = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(
    items: Iterable<SendInput> | AsyncIterable<SendInput>,
    submit: Submit,
    signal: AbortSignal | undefined,
  ) {
    this.#source = each(items);
    this.#submit = submit;
    this.#signal = signal;
  }

  async *run(): AsyncGenerator<BulkLine> {
    const onAbort = (): void => this.#wake();
    this.#signal?.addEventListener('abort', onAbort);
    try {
      for (;;) {
        if (this.#signal?.aborted && !this.#isAtEnd) this.#end(abortedError(this.#signal));
        if (this.#mayRead()) void this.#read();
        const answer = this.#waiting[0]?.answer;
        if (answer !== undefined) {
          this.#waiting.shift();
          yield answer;
        } else if (this.#isAtEnd && this.#waiting.length === 0) break;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      this.#signal?.removeEventListener('abort', onAbort);
      // Not awaited: a source that is stuck must not hold back a caller who has left.
      this.#source.return?.().catch(() => {});
    }
  }

  #mayRead(): boolean {
    return !this.#isReading && !this.#isAtEnd && this.#waiting.length < ON_THEIR_WAY;
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      const { done, value } = await this.#source.next();
      // What comes after an abort is not handed over any more.
      if (done || this.#isAtEnd) this.#isAtEnd = true;
      else void this.#handOver(value);
    } catch (error) {
      if (!this.#isAtEnd) this.#end(error);
    }
    this.#isReading = false;
    this.#wake();
  }

  async #handOver(item: SendInput): Promise<void> {
    const place: { answer?: BulkLine } = {};
    this.#waiting.push(place);
    place.answer = await submitLine(++this.#count, item, this.#submit);
    if (place === this.#waiting[0]) this.#wake();
  }

  #end(error: unknown): void {
    this.#isAtEnd = true;
    this.#failure = { error };
  }
}

async function* each<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

async function submitLine(line: number, item: SendInput, submit: Submit): Promise<BulkLine> {
  try {
    const { id, duplicate, notes } = await submit(item);
    return { line, id, ...(duplicate && { duplicate }), ...(notes && { notes }) };
  } catch (error) {
    if (error instanceof SendoffError) return { line, code: error.code, detail: error.message };
    return { line, code: 'internal', detail: 'Internal error' };
  }
}
