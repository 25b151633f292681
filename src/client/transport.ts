// One server, its connections, and the rule for calling again. A call that names its job by an id
// that we made may be repeated after a cut connection, because the server stores the same id once;
// a call that is no repetition only if nothing of it went out. Waits and streams have connections
// of their own, so that a thousand waiting callers never stand in the way of one that hands over.

import { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { abortedError } from '../request-input.ts';
import type { Address } from './address.ts';
import { refusalOf, Unreachable } from './failure.ts';

export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Name, value, name, value, … */
  readonly headers?: readonly string[];
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array> | null;
  readonly signal?: AbortSignal | undefined;
  /** It may take long and must not use up the connections for plain calls. */
  readonly isLong?: boolean;
  /** Doing it twice is the same as doing it once. */
  readonly isRepeatable?: boolean;
  /** The token goes here. @default 'authorization' */
  readonly tokenHeader?: 'authorization' | 'sendoff-token';
}

export type Answer = Dispatcher.ResponseData;

export interface TransportOptions {
  readonly token?: string | undefined;
  readonly clock: Clock;
}

export class Transport implements AsyncDisposable {
  readonly address: Address;
  readonly #clock: Clock;
  readonly #token: string | undefined;
  readonly #calls: Agent;
  readonly #waits: Agent;
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(address: Address, { token, clock }: TransportOptions) {
    this.address = address;
    this.#clock = clock;
    this.#token = token;
    const connect = {
      timeout: limits.connectMs,
      ...(address.socketPath === undefined ? {} : { socketPath: address.socketPath }),
    };
    const common = { connect, pipelining: 1, allowH2: false };
    const answerMs = limits.clientAnswerMs;
    const timeouts = { headersTimeout: answerMs, bodyTimeout: answerMs };
    this.#calls = new Agent({ ...common, ...timeouts, connections: limits.clientConnections });
    this.#waits = new Agent({ ...common, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** The answer with its body unread, whatever its status. Never repeats. */
  async once(call: Call): Promise<Answer> {
    this.#refuseIfOver(call.signal);
    const { body } = call;
    const signals = call.signal === undefined ? [] : [call.signal];
    // A plain call ends by itself even while closing; what waits is told to go.
    if (call.isLong) signals.push(this.#closing.signal);
    try {
      return await (call.isLong ? this.#waits : this.#calls).request({
        origin: this.address.origin,
        path: call.path,
        method: call.method as Dispatcher.HttpMethod,
        headers: [...(call.headers ?? []), ...this.#tokenLine(call)],
        body: isStream(body) ? Readable.from(body, { objectMode: false }) : (body ?? null),
        signal: signals.length > 1 ? AbortSignal.any(signals) : (signals[0] ?? null),
      });
    } catch (error) {
      throw this.failure(error, call.signal);
    }
  }

  /** As `once`, repeated where that is safe. Refusals of the server are thrown. */
  async ask(call: Call): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await this.once(call);
        if (answer.statusCode < 400) return answer;
        throw await this.refusal(answer);
      } catch (error) {
        if (tries > limits.clientRepeats || !mayRepeat(error, call)) throw error;
        await this.pause(pauseMs(error, tries), call.signal);
      }
    }
  }

  async json<T>(call: Call): Promise<T> {
    const { body } = await this.ask(call);
    return (await this.read(body, call.signal)) as T;
  }

  async read(body: Answer['body'], signal?: AbortSignal): Promise<unknown> {
    try {
      return await body.json();
    } catch (error) {
      throw this.failure(error, signal);
    }
  }

  async refusal(answer: Answer): Promise<SendoffError> {
    const text = await answer.body.text().catch(() => '');
    const { statusCode: status, headers } = answer;
    return refusalOf({ status, headers, text }, this.address);
  }

  /** What a failed exchange is to the caller. */
  failure(error: unknown, signal?: AbortSignal): Error {
    if (error instanceof SendoffError) return error;
    if (this.#closing.signal.aborted) return closed();
    if (signal?.aborted) return abortedError(signal);
    return new Unreachable(this.address, error);
  }

  /** With jitter, so that many clients do not come back as one. */
  async pause(delayMs: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const stop = this.#clock.after(delayMs * (1 + this.#clock.random() / 2), wake, {
      keepsAlive: true,
    });
    const signals = signal === undefined ? [this.#closing.signal] : [this.#closing.signal, signal];
    for (const each of signals) each.addEventListener('abort', wake);
    await promise;
    for (const each of signals) each.removeEventListener('abort', wake);
    stop();
    this.#refuseIfOver(signal);
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#closed ??= Promise.all([this.#calls.close(), this.#waits.close()]).then(() => {});
    return this.#closed;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refuseIfOver(signal?: AbortSignal): void {
    if (this.#closing.signal.aborted) throw closed();
    if (signal?.aborted) throw abortedError(signal);
  }

  #tokenLine({ tokenHeader }: Call): string[] {
    if (this.#token === undefined) return [];
    if (tokenHeader === 'sendoff-token') return ['sendoff-token', this.#token];
    return ['authorization', `Bearer ${this.#token}`];
  }
}

function isStream(body: Call['body']): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && !(body instanceof Uint8Array);
}

export function closed(): SendoffError {
  return new SendoffError('closed', 'This sendoff client is closed');
}

/** A stream has been read by the first try, so it can only follow a call that never went out. */
function mayRepeat(error: unknown, call: Call): boolean {
  if (isStream(call.body)) return false;
  if (error instanceof Unreachable) return error.isUnsent || call.isRepeatable === true;
  // A store that closes may have written what it no longer answers.
  if (error instanceof SendoffError && error.code === 'closed' && !call.isRepeatable) return false;
  return isBusy(error);
}

// `closed` is said by the store of a server in its last moments; our own has no `retryAfterMs`.
const passing: ReadonlySet<string> = new Set([
  ...[
    'busy',
    'rate_limited',
    'stopping',
    'closed',
    'store_unavailable',
    'store_locked',
    'owner_unresponsive',
  ],
]);

/** It speaks of the server at this moment, not of what it was asked. */
export function isPassingCode(code: string): boolean {
  return passing.has(code);
}

/** The server cannot do it at this moment and said when to come back, and that is soon. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof SendoffError) || error.retryAfterMs === undefined) return false;
  return isPassingCode(error.code) && error.retryAfterMs <= limits.clientBusyMs;
}

export function pauseMs(error: unknown, tries: number): number {
  const askedMs = error instanceof SendoffError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(askedMs, 50 * 2 ** (tries - 1));
}
