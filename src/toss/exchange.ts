// One toss on the wire. Nobody reads its answer: what comes is counted and thrown away, so that the
// connection can be used again. The connection is never given up before the answer has come or the
// time is over, because many targets stop their work when the caller hangs up.

import type { Dispatcher } from 'undici';
import type { Clock, Stop } from '../clock.ts';
import { AttemptError, toAttemptError } from '../delivery/failure.ts';
import { limits } from '../limits.ts';
import { GIVEN_UP, type TossEnd, type TossWatch } from './line.ts';

type Controller = Dispatcher.DispatchController;

export class TossExchange implements Dispatcher.DispatchHandler {
  readonly #watch: TossWatch;
  readonly #stopTimer: Stop;
  #controller: Controller | undefined;
  #status: number | undefined;
  #bytes = 0;
  #isSent = false;
  #isOver = false;

  constructor(watch: TossWatch, { clock, timeoutMs }: { clock: Clock; timeoutMs: number }) {
    this.#watch = watch;
    this.#stopTimer = clock.after(timeoutMs, () => {
      this.#fail(new AttemptError('timeout', `No answer within ${timeoutMs} ms`));
    });
  }

  /** Gives it up. */
  cut(detail: string): void {
    this.#end({ kind: 'dropped', code: 'aborted', detail });
    this.#controller?.abort(new AttemptError('aborted', detail));
  }

  // What undici calls, in this order.

  /** Right before the first byte is written; a second call would be a second sending. */
  onRequestStart(controller: Controller): void {
    if (this.#isOver || this.#controller) {
      controller.abort(new AttemptError('closed', 'The attempt is over'));
      return;
    }
    this.#controller = controller;
    if (this.#watch.isGivenUp?.()) this.cut(GIVEN_UP);
  }

  onRequestSent(): void {
    if (this.#isSent || this.#isOver) return;
    this.#isSent = true;
    this.#watch.sent();
  }

  onResponseStart(_controller: Controller, status: number): void {
    if (status < 200) return;
    // An answer may come before the whole request is out.
    this.onRequestSent();
    this.#status = status;
  }

  onResponseData(controller: Controller, chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= limits.tossAnswerBytes) return;
    this.#answered();
    controller.abort(new AttemptError('response_too_large', 'Nobody reads this answer'));
  }

  onResponseEnd(): void {
    this.#answered();
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#fail(toAttemptError(error));
  }

  #answered(): void {
    this.#end({ kind: 'answered', status: this.#status ?? 0 });
  }

  /** Once its status is known it is answered, however badly the rest ends. */
  #fail(error: AttemptError): void {
    if (this.#isOver) return;
    if (this.#status !== undefined) this.#answered();
    else this.#end({ kind: 'failed', code: error.failure, detail: error.message });
    this.#controller?.abort(error);
  }

  #end(end: TossEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer();
    this.#watch.ended(end);
  }
}
