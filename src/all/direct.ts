// Sends a group at once, without a store: a bounded number of requests under way, each with a
// deadline of its own, on kept connections. What is left when the wait is over ends there, as
// nobody would ever hear of it.

import { answerResponse } from '../answer-response.ts';
import type { Clock, Stop } from '../clock.ts';
import type { Sender } from '../delivery/sender.ts';
import type { DirectResult } from '../group.ts';
import type { Response } from '../job/job.ts';
import type { Outcome } from '../job/outcome.ts';
import { alsoSaying, type Judgement, judge } from '../job/result.ts';
import { afterAttempt, clockDetail, type NextStep } from '../job/transition.ts';
import type { Waiting } from './entries.ts';
import type { Prepared } from './prepare.ts';
import { resultOf } from './result.ts';
import type { Tell } from './run.ts';

export interface DirectParts {
  readonly clock: Clock;
  readonly sender: Sender;
}

/** Resolves when every request has been told of. */
export function sendDirect(
  requests: readonly Prepared[],
  parts: DirectParts & Waiting & { readonly tell: Tell },
): Promise<void> {
  return new Promise((resolve) => new Direct(requests, { ...parts, done: resolve }).begin());
}

type Parts = DirectParts & Waiting & { readonly tell: Tell; readonly done: () => void };

class Direct {
  readonly #requests: readonly Prepared[];
  readonly #parts: Parts;
  readonly #startedAt: number;
  /** Each ends one request under way. */
  readonly #cuts: (() => void)[] = [];
  #onAbort = (): void => this.#end('aborted');
  #stopWait: Stop = () => {};
  /** Why everything ended. */
  #ended: 'aborted' | 'expired' | undefined;
  readonly #pausing = new Set<() => void>();
  #next = 0;
  #left: number;

  constructor(requests: readonly Prepared[], parts: Parts) {
    this.#requests = requests;
    this.#parts = parts;
    this.#left = requests.length;
    this.#startedAt = parts.clock.now();
  }

  begin(): void {
    const { waitMs, signal, concurrency, clock } = this.#parts;
    if (this.#left === 0) {
      this.#parts.done();
      return;
    }
    if (waitMs !== undefined) {
      this.#stopWait = clock.after(waitMs, () => this.#end('expired'), { keepsAlive: true });
    }
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted) this.#end('aborted');
    while (this.#next < this.#requests.length && this.#next < concurrency) this.#startNext();
  }

  #startNext(): void {
    const place = this.#next++;
    const request = this.#requests[place];
    if (request === undefined) return;
    const beganAt = this.#parts.clock.now();
    this.#attempt({ place, request, number: 1, triesUsed: 0, beganAt });
  }

  #attempt(one: Under): void {
    if (this.#ended !== undefined) {
      this.#settle(one, this.#failed(one, this.#ended));
      return;
    }
    const { place, request } = one;
    const cut = this.#parts.sender.send(request.sendable, (outcome) => this.#judge(one, outcome));
    this.#cuts[place] = cut;
  }

  #judge(one: Under, outcome: Outcome): void {
    const { clock } = this.#parts;
    const now = clock.now();
    if (this.#ended !== undefined && outcome.kind === 'error' && outcome.error === 'aborted') {
      this.#settle(one, this.#failed(one, this.#ended));
      return;
    }
    if (outcome.kind === 'response' && isSuccess(outcome.response.status)) {
      this.#settle(one, this.#success(one, outcome.response));
      return;
    }
    const judgement = judge(outcome, now, one.request.retry.rules);
    const next = this.#after(one, judgement, now);
    if (next.kind === 'again') {
      const again = { ...one, number: one.number + 1, triesUsed: next.triesUsed };
      this.#pause(next.runAt - now, () => this.#attempt(again));
      return;
    }
    this.#settle(one, this.#result(one, { outcome, judgement, next }));
  }

  #after({ request, triesUsed, beganAt }: Under, judgement: Judgement, now: number): NextStep {
    const { retry, expiresAt, isOnce } = request;
    const { random } = this.#parts.clock;
    const retryUntilAt = retry.withinMs === undefined ? undefined : beganAt + retry.withinMs;
    const known = { judgement, retry, isOnce, triesUsed, expiresAt, retryUntilAt };
    return afterAttempt({ ...known, now, random });
  }

  #success({ request }: Under, answer: Response): DirectResult {
    const { key, url } = request;
    const respond = (): globalThis.Response => toResponse(answer, url);
    return resultOf({ key, state: 'succeeded', ms: this.#ms(), respond });
  }

  #result(one: Under, { outcome, judgement, next }: Ended): DirectResult {
    const { key, url } = one.request;
    const { error } = judgement;
    const { clock } = next;
    const detail =
      clock === undefined ? judgement.detail : alsoSaying(judgement.detail, clockDetail[clock]);
    const respond =
      outcome.kind === 'response' ? () => toResponse(outcome.response, url) : undefined;
    return resultOf({ key, ...next, error, detail, ms: this.#ms(), respond });
  }

  #failed({ request }: Under, reason: 'aborted' | 'expired'): DirectResult {
    const state = reason === 'aborted' ? 'cancelled' : 'failed';
    return resultOf({ key: request.key, state, reason, ms: this.#ms() });
  }

  /** Keeps its place among those under way. */
  #pause(delayMs: number, action: () => void): void {
    const go = (): void => {
      stop();
      this.#pausing.delete(go);
      action();
    };
    const stop = this.#parts.clock.after(delayMs, go, { keepsAlive: true });
    this.#pausing.add(go);
  }

  #settle({ place }: Under, result: DirectResult): void {
    this.#parts.tell(place, result);
    if (--this.#left === 0) this.#over();
    else if (this.#next < this.#requests.length) this.#startNext();
  }

  #end(why: 'aborted' | 'expired'): void {
    this.#ended ??= why;
    for (const cut of this.#cuts) cut?.();
    for (const go of this.#pausing) go();
  }

  #over(): void {
    this.#stopWait();
    this.#parts.signal?.removeEventListener('abort', this.#onAbort);
    this.#parts.done();
  }

  #ms(): number {
    return this.#parts.clock.now() - this.#startedAt;
  }
}

interface Under {
  readonly place: number;
  readonly request: Prepared;
  readonly number: number;
  readonly triesUsed: number;
  /** When the first try began. */
  readonly beganAt: number;
}

interface Ended {
  readonly outcome: Outcome;
  readonly judgement: Judgement;
  readonly next: Extract<NextStep, { kind: 'final' }>;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

function toResponse(answer: Response, url: string): globalThis.Response {
  const { status, headers, bodyBytes, isTruncated, isIncomplete } = answer;
  const view = { status, headers, bodyBytes, truncated: isTruncated, incomplete: isIncomplete };
  return answerResponse(view, { url, body: pieces(answer.body) });
}

async function* pieces(body: Uint8Array | null): AsyncGenerator<Uint8Array> {
  if (body !== null && body.byteLength > 0) yield body;
}
