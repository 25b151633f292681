// One HTTP attempt, by undici's dispatch with a handler of our own: the fastest way that Node has.
// One attempt is at most one arrival: nothing is sent twice, no redirect is followed, no cookie
// kept, no proxy asked.

import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';
import type { HeaderLines, HttpTarget } from '../job/job.ts';
import type { Outcome } from '../job/outcome.ts';
import { limits as defaults } from '../limits.ts';
import { createConnector } from './connector.ts';
import type { Attempt, Deliverer } from './deliverer.ts';
import type { Dress } from './dress.ts';
import { plain } from './dress.ts';
import type { EgressPolicy } from './egress.ts';
import { aborted, Exchange, toOutcome } from './exchange.ts';
import { AttemptError } from './failure.ts';
import { createOrigins } from './origins.ts';
import { toRequestBody } from './request-body.ts';
import type { Lookup } from './resolve.ts';
import { createResolver } from './resolve.ts';

export interface HttpLimits {
  /** Response body kept of one attempt. @default limits.responseBodyBytes */
  readonly responseBodyBytes: number;
  /** Sockets for one origin. @default limits.attemptsPerOrigin */
  readonly attemptsPerOrigin: number;
  /** Name, TCP and TLS together. @default limits.connectMs */
  readonly connectMs: number;
  /** From the request going out to the response beginning. @default none */
  readonly firstByteMs: number;
  /** Silence within a response. @default limits.idleMs */
  readonly idleMs: number;
}

/** The engine gives each deliverer targets of its kind alone. */
type HttpAttempt = Attempt<HttpTarget>;
type Settle = (outcome: Outcome) => void;

export interface HttpDelivererOptions {
  readonly clock: Clock;
  readonly egress: EgressPolicy;
  /** By name; 'plain' is always there. */
  readonly dresses?: Readonly<Record<string, Dress>>;
  readonly limits?: Partial<HttpLimits>;
  /** Is this one of our own listeners? @default none is */
  readonly isSelf?: (address: string, port: number) => boolean;
  /** Sent unless the caller's lines have one. @default 'sendoff' */
  readonly userAgent?: string;
  /** Names to addresses. @default the system's resolver */
  readonly lookup?: Lookup;
}

export function createHttpDeliverer(options: HttpDelivererOptions): Deliverer {
  const { clock, egress, isSelf = () => false, lookup } = options;
  const limits = withDefaults(options.limits ?? {});
  const wear = { clock, userAgent: options.userAgent ?? 'sendoff' };
  const dresses = new Map(Object.entries({ plain, ...options.dresses }));
  const resolve = createResolver({ clock, ...(lookup && { lookup }) });
  const { connectMs, attemptsPerOrigin } = limits;
  const connector = createConnector({ clock, egress, resolve, connectMs, isSelf });
  const origins = createOrigins({ clock, connect: connector.connect, attemptsPerOrigin });
  const live = new Set<Exchange>();
  let isClosed = false;

  function start(attempt: HttpAttempt, signal: AbortSignal, settle: Settle): void {
    if (isClosed || signal.aborted) {
      settle(toOutcome(isClosed ? closed() : aborted(), false));
      return;
    }
    const dress = dresses.get(attempt.dress ?? 'plain');
    if (!dress) {
      const detail = `Nobody provides the dress ${attempt.dress}`;
      settle(toOutcome(new AttemptError('dress_unknown', detail), false));
      return;
    }
    const request = toRequest(attempt, dress(attempt, wear));
    const { connectMs = limits.connectMs } = attempt;
    const origin = origins.enter(String(request.origin), connectMs);
    const exchange: Exchange = new Exchange({
      clock,
      attempt,
      signal,
      limits: {
        connectMs: connectMs < origin.connectMs ? connectMs : Number.POSITIVE_INFINITY,
        firstByteMs: attempt.firstByteMs ?? limits.firstByteMs,
        idleMs: attempt.idleMs ?? limits.idleMs,
        responseBodyBytes: limits.responseBodyBytes,
      },
      settle: (outcome) => {
        live.delete(exchange);
        origin.pool.forget(exchange);
        origins.leave(origin);
        settle(outcome);
      },
    });
    live.add(exchange);
    origin.pool.dispatch(request, exchange);
  }

  return {
    deliver: (attempt, signal) =>
      new Promise((settle) => start(attempt as HttpAttempt, signal, settle)),
    async close() {
      isClosed = true;
      for (const exchange of live) exchange.abort(closed());
      connector.close();
      await origins.close();
    },
  };
}

function closed(): AttemptError {
  return new AttemptError('aborted', 'The deliverer was closed');
}

function withDefaults(limits: Partial<HttpLimits>): HttpLimits {
  return {
    responseBodyBytes: limits.responseBodyBytes ?? defaults.responseBodyBytes,
    attemptsPerOrigin: limits.attemptsPerOrigin ?? defaults.attemptsPerOrigin,
    connectMs: limits.connectMs ?? defaults.connectMs,
    firstByteMs: limits.firstByteMs ?? Number.POSITIVE_INFINITY,
    idleMs: limits.idleMs ?? defaults.idleMs,
  };
}

function toRequest(attempt: HttpAttempt, lines: HeaderLines): Dispatcher.DispatchOptions {
  const { url, method } = attempt.target;
  // The URL is canonical: its path begins at the first slash after the two of the scheme.
  const slash = url.indexOf('/', 8);
  const headers: string[] = [];
  for (const [name, value] of lines) headers.push(name, value);
  if (attempt.body.kind === 'chunks')
    headers.push('content-length', String(attempt.body.bodyBytes));
  // undici takes async iterables; its types do not say so.
  const body = toRequestBody(attempt.body) as Uint8Array | null;
  return { origin: url.slice(0, slash), path: url.slice(slash), method, headers, body };
}
