// HTTP without jobs, for a caller in this process that waits for many answers at once: what an
// attempt of a job does, with as little as possible made for each. Answers stay in memory, header
// lines become pairs when somebody asks for them, and one deadline covers it all. The way out is
// the same: the egress guard in the connector, kept connections, at most one arrival.

import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';
import type { HttpTarget } from '../job/job.ts';
import type { Outcome } from '../job/outcome.ts';
import { limits } from '../limits.ts';
import { createConnector } from './connector.ts';
import type { EgressPolicy } from './egress.ts';
import { aborted, toOutcome } from './exchange.ts';
import { AttemptError } from './failure.ts';
import { createOrigins } from './origins.ts';
import { createResolver } from './resolve.ts';
import { SenderExchange } from './sender-exchange.ts';

/** A request in the form in which it goes out, as often as need be. */
export interface Sendable {
  readonly options: Dispatcher.DispatchOptions & { readonly origin: string };
  /** From now to the last byte of the answer, milliseconds. */
  readonly timeoutMs: number;
}

export interface SendableParts {
  readonly target: HttpTarget;
  readonly body: Uint8Array | null;
  readonly timeoutMs: number;
  /** Header lines beside the caller's, name and value in turn. */
  readonly added: readonly string[];
}

export interface Sender {
  /** `settle` is called once; the returned function ends the exchange as `aborted`. */
  send(request: Sendable, settle: (outcome: Outcome) => void): () => void;
  /** Header lines that go out with every request of the caller's that has none of that name. */
  sendable(parts: SendableParts): Sendable;
  close(): Promise<void>;
}

export interface SenderOptions {
  readonly clock: Clock;
  readonly egress: EgressPolicy;
  readonly isSelf?: (address: string, port: number) => boolean;
  readonly userAgent: string;
  /** Of one answer; what is beyond is cut and flagged. @default limits.responseBodyBytes */
  readonly responseBodyBytes?: number;
}

export function createSender(options: SenderOptions): Sender {
  const { clock, egress, userAgent, isSelf = () => false } = options;
  const { responseBodyBytes = limits.responseBodyBytes } = options;
  const resolve = createResolver({ clock });
  const { connectMs, groupRequests: attemptsPerOrigin } = limits;
  const connector = createConnector({ clock, egress, resolve, connectMs, isSelf });
  const origins = createOrigins({ clock, connect: connector.connect, attemptsPerOrigin });
  const live = new Set<SenderExchange>();
  let isClosed = false;

  return {
    send({ options: request, timeoutMs }, settle) {
      if (isClosed) {
        settle(toOutcome(new AttemptError('aborted', 'The sender was closed'), false));
        return () => {};
      }
      const origin = origins.enter(request.origin);
      const exchange: SenderExchange = new SenderExchange({
        clock,
        timeoutMs,
        mostBytes: responseBodyBytes,
        settle: (outcome) => {
          live.delete(exchange);
          origin.pool.forget(exchange);
          origins.leave(origin);
          settle(outcome);
        },
      });
      live.add(exchange);
      origin.pool.dispatch(request, exchange);
      return () => exchange.abort(aborted());
    },
    sendable: (parts) => sendableOf(parts, userAgent),
    async close() {
      isClosed = true;
      for (const exchange of live) exchange.abort(aborted());
      connector.close();
      await origins.close();
    },
  };
}

function sendableOf(parts: SendableParts, userAgent: string): Sendable {
  const { target, body, timeoutMs, added } = parts;
  const { url, method, headers: lines } = target;
  const headers: string[] = [];
  let hasEncoding = false;
  let hasAgent = false;
  for (const [name, value] of lines) {
    headers.push(name, value);
    const lowerCase = name.toLowerCase();
    hasEncoding ||= lowerCase === 'accept-encoding';
    hasAgent ||= lowerCase === 'user-agent';
  }
  headers.push(...added);
  // The body is given as it comes; without this line some servers would squeeze it.
  if (!hasEncoding) headers.push('accept-encoding', 'identity');
  if (!hasAgent) headers.push('user-agent', userAgent);
  // The URL is canonical: its path begins at the first slash after the two of the scheme.
  const slash = url.indexOf('/', 8);
  const options = { origin: url.slice(0, slash), path: url.slice(slash), method, headers, body };
  return { options, timeoutMs };
}
