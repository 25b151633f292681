// One request and its response over one socket: listens to undici, to the timer and to the caller's
// signal, and comes to exactly one outcome. Whoever speaks first decides; everything later is
// ignored. Once a status line and headers are in, the outcome is that response, however badly its
// body ends.

import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';
import type { HeaderLines } from '../job/job.ts';
import type { Outcome } from '../job/outcome.ts';
import { limits } from '../limits.ts';
import type { AttemptLimits } from './attempt-timer.ts';
import { AttemptTimer } from './attempt-timer.ts';
import type { Attempt } from './deliverer.ts';
import { AttemptError, isFinalFailure, toAttemptError } from './failure.ts';
import type { KeptBody } from './response-body.ts';
import { ResponseBody } from './response-body.ts';

type Controller = Dispatcher.DispatchController;

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly attempt: Attempt;
  readonly signal: AbortSignal;
  readonly limits: Omit<AttemptLimits, 'timeoutMs'> & { readonly responseBodyBytes: number };
  readonly settle: (outcome: Outcome) => void;
}

/**
 * Octets of a status line beside its reason: what each informational response adds to the header
 * count.
 */
const STATUS_LINE_BYTES = 16;

export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #timer: AttemptTimer;
  readonly #body: ResponseBody;
  readonly #onAbort: () => void;
  #controller: Controller | undefined;
  #head: { readonly status: number; readonly headers: HeaderLines } | undefined;
  #informationalBytes = 0;
  #isSent = false;
  /** The last byte came, or enough of them: only keeping the body is left. */
  #isReceived = false;
  #isOver = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    const bodyBytes = options.limits.responseBodyBytes;
    const inlineBytes = Math.min(limits.inlineBodyBytes, bodyBytes);
    this.#body = new ResponseBody({ inlineBytes, bodyBytes }, options.attempt.spill, () =>
      this.#drained(),
    );
    const { connectMs, firstByteMs, idleMs } = options.limits;
    const deadlines = { timeoutMs: options.attempt.timeoutMs, connectMs, firstByteMs, idleMs };
    this.#timer = new AttemptTimer(options.clock, deadlines, (error) => this.#end(error));
    this.#timer.awaitConnection();
    this.#onAbort = () => this.abort(aborted());
    options.signal.addEventListener('abort', this.#onAbort);
  }

  /** Ends the attempt without an answer, even one that has begun. */
  abort(error: AttemptError): void {
    if (this.#isOver) return;
    this.#head = undefined;
    this.#fail(error);
    this.#controller?.abort(error);
  }

  // What undici calls, in this order.

  /** Right before the first byte is written; a second call would be a second sending. */
  onRequestStart(controller: Controller): void {
    if (this.#isOver || this.#controller) {
      controller.abort(new AttemptError('closed', 'The attempt is over'));
      return;
    }
    this.#controller = controller;
    // A streamed body takes its headers along with its first chunk: see `onBodySent`.
    this.#isSent = this.#options.attempt.body.kind !== 'chunks';
    this.#timer.awaitFirstByte();
  }

  onBodySent(): void {
    this.#isSent = true;
    // A long body takes its time: only from its last piece on the target is late.
    if (!this.#isOver && this.#head === undefined) this.#timer.awaitFirstByte();
  }

  onRequestSent(): void {
    this.#isSent = true;
  }

  onResponseStart(controller: Controller, status: number): void {
    if (this.#isOver) return;
    if (status > 100 && status < 200 && status !== 101) {
      this.#countInformational(controller);
      return;
    }
    if (status < 200 || status > 599) {
      this.#end(new AttemptError('bad_response', `The target answered with status ${status}`));
      return;
    }
    this.#head = { status, headers: readLines(controller.rawHeaders) };
    this.#timer.awaitNextByte();
  }

  onResponseData(controller: Controller, chunk: Uint8Array): void {
    if (this.#isOver || this.#isReceived) return;
    const next = this.#body.take(chunk);
    if (next === 'more') this.#timer.awaitNextByte();
    else if (next === 'pause') {
      controller.pause();
      this.#timer.hold();
    } else {
      this.#finish({ isIncomplete: false });
      controller.abort(new AttemptError('response_too_large', 'The body is larger than the limit'));
    }
  }

  onResponseEnd(): void {
    this.#finish({ isIncomplete: false });
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#end(toAttemptError(error));
  }

  #drained(): void {
    if (this.#isOver || this.#isReceived) return;
    this.#timer.awaitNextByte();
    this.#controller?.resume();
  }

  /** Their headers count together, so that no flood of them lasts. */
  #countInformational(controller: Controller): void {
    this.#informationalBytes += STATUS_LINE_BYTES;
    for (const [name, value] of readLines(controller.rawHeaders)) {
      this.#informationalBytes += name.length + value.length;
    }
    if (this.#informationalBytes <= limits.responseHeaderBytes) return;
    this.#end(new AttemptError('response_headers_too_large', 'Too many informational responses'));
  }

  /** Something went wrong: with a status known this is a response all the same. */
  #end(error: AttemptError): void {
    if (this.#isOver || this.#isReceived) return;
    if (this.#head) this.#finish({ isIncomplete: true, error });
    else this.#fail(error);
    this.#controller?.abort(error);
  }

  #finish(ending: { isIncomplete: boolean; error?: AttemptError }): void {
    if (this.#isOver || this.#isReceived) return;
    this.#isReceived = true;
    this.#timer.stop();
    const kept = this.#body.keep();
    if (kept instanceof Promise) void kept.then((body) => this.#respond(body, ending));
    else this.#respond(kept, ending);
  }

  #respond(kept: KeptBody, ending: { isIncomplete: boolean; error?: AttemptError }): void {
    if (this.#isOver) return;
    const { problem, ...body } = kept;
    const response = { ...this.#head!, ...body, isIncomplete: ending.isIncomplete };
    const { error } = ending;
    const detail = problem === undefined ? error?.message : 'The body could not be kept';
    this.#settle({
      kind: 'response',
      response,
      ...(error !== undefined && { error: error.failure }),
      ...(detail !== undefined && { detail }),
    });
  }

  #fail(error: AttemptError): void {
    this.#body.discard();
    this.#settle(toOutcome(error, this.#isSent));
  }

  #settle(outcome: Outcome): void {
    this.#isOver = true;
    this.#timer.stop();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#options.settle(outcome);
  }
}

export function aborted(): AttemptError {
  return new AttemptError('aborted', 'The attempt was aborted');
}

export function toOutcome(error: AttemptError, isSent: boolean): Outcome {
  const { failure, message: detail } = error;
  const outcome = { kind: 'error', error: failure, detail, isSent } as const;
  return isFinalFailure(failure) ? { ...outcome, isFinal: true } : outcome;
}

/** Lines as they came: undici gives names and values in turn, as buffers. */
function readLines(raw: Controller['rawHeaders']): HeaderLines {
  if (!Array.isArray(raw)) return [];
  const lines: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) lines.push([latin1(raw[i]!), latin1(raw[i + 1]!)]);
  return lines;
}

function latin1(text: Buffer | string): string {
  return typeof text === 'string' ? text : text.toString('latin1');
}
