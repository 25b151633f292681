// One request and its answer over one socket, for a caller who waits. Comes to one outcome; once a
// status is in, the outcome is that answer, however badly its body ends.

import type { Dispatcher } from 'undici';
import type { Clock, Stop } from '../clock.ts';
import type { HeaderLines, Response } from '../job/job.ts';
import type { Outcome } from '../job/outcome.ts';
import { toOutcome } from './exchange.ts';
import { AttemptError, toAttemptError } from './failure.ts';

type Controller = Dispatcher.DispatchController;

export interface SenderExchangeOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly mostBytes: number;
  readonly settle: (outcome: Outcome) => void;
}

/** Informational responses before an answer: more is an attack, not a hint. */
const MOST_INFORMATIONAL = 100;
/** A piece of a read this much larger than itself is copied, so that it does not keep it alive. */
const MOST_KEPT_WITH_IT = 2_048;

export class SenderExchange implements Dispatcher.DispatchHandler {
  readonly #options: SenderExchangeOptions;
  readonly #stopTimer: Stop;
  #controller: Controller | undefined;
  #status = 0;
  #head: readonly string[] = [];
  #first: Uint8Array | undefined;
  #pieces: Uint8Array[] | undefined;
  #bytes = 0;
  #informational = 0;
  #isSent = false;
  #isOver = false;

  constructor(options: SenderExchangeOptions) {
    this.#options = options;
    this.#stopTimer = options.clock.after(options.timeoutMs, () => this.#expire());
  }

  /** Ends it without an answer, even one that has begun. */
  abort(error: AttemptError): void {
    if (this.#isOver) return;
    this.#status = 0;
    this.#end(error);
  }

  // What undici calls, in this order.

  /** Right before the first byte is written; a second call would be a second sending. */
  onRequestStart(controller: Controller): void {
    if (this.#isOver || this.#controller) {
      controller.abort(new AttemptError('closed', 'The request is over'));
      return;
    }
    this.#controller = controller;
    this.#isSent = true;
  }

  onResponseStart(controller: Controller, status: number): void {
    if (this.#isOver) return;
    if (status > 100 && status < 200 && status !== 101) {
      if (++this.#informational <= MOST_INFORMATIONAL) return;
      const detail = 'Too many informational responses';
      this.#end(new AttemptError('response_headers_too_large', detail));
    } else if (status < 200 || status > 599) {
      this.#end(new AttemptError('bad_response', `The target answered with status ${status}`));
    } else {
      this.#status = status;
      this.#head = texts(controller.rawHeaders);
    }
  }

  onResponseData(_controller: Controller, chunk: Uint8Array): void {
    if (this.#isOver) return;
    const room = this.#options.mostBytes - this.#bytes;
    this.#keep(chunk.length > room ? chunk.subarray(0, room) : chunk);
    if (chunk.length <= room) return;
    const error = new AttemptError('response_too_large', 'The body is larger than the limit');
    this.#respond({ isTruncated: true, isIncomplete: false });
    this.#controller?.abort(error);
  }

  onResponseEnd(): void {
    if (!this.#isOver) this.#respond({ isTruncated: false, isIncomplete: false });
  }

  onResponseError(_controller: Controller, error: Error): void {
    if (!this.#isOver) this.#end(toAttemptError(error));
  }

  #expire(): void {
    const { timeoutMs } = this.#options;
    this.#end(new AttemptError('timeout', `The request took longer than ${timeoutMs} ms`));
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length;
    const isLoose = piece.buffer.byteLength - piece.length > MOST_KEPT_WITH_IT;
    const kept = isLoose ? Buffer.from(piece) : piece;
    if (this.#pieces !== undefined) this.#pieces.push(kept);
    else if (this.#first === undefined) this.#first = kept;
    else this.#pieces = [this.#first, kept];
  }

  #end(error: AttemptError): void {
    if (this.#isOver) return;
    if (this.#status === 0) this.#settle(toOutcome(error, this.#isSent));
    else this.#respond({ isTruncated: false, isIncomplete: true }, error);
    this.#controller?.abort(error);
  }

  #respond(flaws: Flaws, error?: AttemptError): void {
    const body = this.#pieces === undefined ? (this.#first ?? null) : Buffer.concat(this.#pieces);
    const head = { status: this.#status, lines: this.#head };
    const response = new HeldResponse({ head, body, bodyBytes: this.#bytes, flaws });
    const why = error && { error: error.failure, detail: error.message };
    this.#settle({ kind: 'response', response, ...why });
  }

  #settle(outcome: Outcome): void {
    this.#isOver = true;
    this.#stopTimer();
    this.#options.settle(outcome);
  }
}

interface Flaws {
  readonly isTruncated: boolean;
  readonly isIncomplete: boolean;
}

interface Held {
  readonly head: { readonly status: number; readonly lines: readonly string[] };
  readonly body: Uint8Array | null;
  readonly bodyBytes: number;
  readonly flaws: Flaws;
}

/** An answer in memory. Most callers never look at its headers. */
class HeldResponse implements Response {
  readonly status: number;
  readonly body: Uint8Array | null;
  readonly bodyId = null;
  readonly bodyBytes: number;
  readonly isTruncated: boolean;
  readonly isIncomplete: boolean;
  readonly #lines: readonly string[];

  constructor({ head, body, bodyBytes, flaws }: Held) {
    this.status = head.status;
    this.#lines = head.lines;
    this.body = body;
    this.bodyBytes = bodyBytes;
    this.isTruncated = flaws.isTruncated;
    this.isIncomplete = flaws.isIncomplete;
  }

  get headers(): HeaderLines {
    const pairs: [string, string][] = [];
    for (let at = 0; at + 1 < this.#lines.length; at += 2) {
      pairs.push([this.#lines[at] as string, this.#lines[at + 1] as string]);
    }
    return pairs;
  }
}

/** Names and values in turn, as undici gives them. */
function texts(raw: Controller['rawHeaders']): readonly string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((text: Buffer | string) => {
    return typeof text === 'string' ? text : text.toString('latin1');
  });
}
