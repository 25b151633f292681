// Tosses on their way to a server: the same bounded line as in a server, with the server as its
// only origin and connections of its own. The request travels as itself, through the pass-through
// for tosses.

import { Pool } from 'undici';
import type { Clock } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import { checkHeaders } from '../job/header.ts';
import { limits } from '../limits.ts';
import type { Tossed, TossInit } from '../sendoff.ts';
import { TossExchange } from '../toss/exchange.ts';
import { tossFields } from '../toss/input.ts';
import { type Cut, type TossEnd, TossLine, type TossWatch } from '../toss/line.ts';
import { checkToss, type Toss } from '../toss/toss.ts';
import type { Address } from './address.ts';
import { passedLine } from './hand-over.ts';
import type { Call } from './transport.ts';

export class TossWay {
  readonly #address: Address;
  readonly #token: string | undefined;
  readonly #clock: Clock;
  readonly #line: TossLine;
  #pool: Pool | undefined;

  constructor(address: Address, { token, clock }: { token?: string | undefined; clock: Clock }) {
    this.#address = address;
    this.#token = token;
    this.#clock = clock;
    const perOrigin = limits.clientTossConnections;
    this.#line = new TossLine({
      clock,
      limits: { originShare: 1, perOrigin },
      start: (toss, watch) => this.#start(toss, watch),
    });
  }

  toss(input: string | URL | Request, init?: TossInit): boolean {
    const { method, path, headers, body } = tossCall(input, init);
    const token = this.#token === undefined ? [] : ['sendoff-token', this.#token];
    return this.#line.take({
      ...{ origin: this.#address.origin, method, path, body },
      headers: [...headers, ...token],
      timeoutMs: limits.clientAnswerMs,
    });
  }

  counts(): Tossed {
    return this.#line.counts();
  }

  async close(): Promise<void> {
    await this.#line.close();
    await this.#pool?.destroy();
  }

  #start(toss: Toss, watch: TossWatch): Cut {
    const ended = (end: TossEnd): void => watch.ended(asTaken(end));
    const exchange = new TossExchange(
      { sent: watch.sent, ended },
      { clock: this.#clock, timeoutMs: toss.timeoutMs },
    );
    this.#pool ??= this.#open();
    const { origin, path, method, body } = toss;
    this.#pool.dispatch({ origin, path, method, headers: [...toss.headers], body }, exchange);
    return (detail) => exchange.cut(detail);
  }

  #open(): Pool {
    const { origin, socketPath } = this.#address;
    return new Pool(origin, {
      connect: { timeout: limits.connectMs, ...(socketPath !== undefined && { socketPath }) },
      connections: limits.clientTossConnections,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}

/** How a toss travels. Everything that can be told here is checked here, as in a server. */
export function tossCall(
  input: string | URL | Request,
  init?: TossInit,
): Call & { readonly headers: readonly string[]; readonly body: Uint8Array | null } {
  const fields = tossFields(input, init);
  const { method, body } = checkToss(fields);
  const path = `/v1/toss?url=${encodeURIComponent(fields.url)}`;
  if (path.length > limits.urlBytes) throw tooLong();
  const { timeout } = init ?? {};
  const spoken = typeof timeout === 'number' ? `${timeout}ms` : timeout;
  return {
    method,
    path,
    headers: [
      ...checkHeaders(fields.headers).flatMap((line) => passedLine(line, 'a toss to a server')),
      ...(spoken === undefined ? [] : ['sendoff-timeout', spoken]),
    ],
    body,
    tokenHeader: 'sendoff-token',
  };
}

function tooLong(): SendoffError {
  const most = `${limits.urlBytes} bytes, percent-encoded`;
  return new SendoffError('url_too_long', `Expected \`url\` to be at most ${most}`, {
    field: 'url',
  });
}

/** To this side a toss is done when the server has it; what the server refuses is dropped. */
function asTaken(end: TossEnd): TossEnd {
  if (end.kind !== 'answered' || end.status === 202) return end;
  return { kind: 'dropped', code: 'refused', detail: `The server answered ${end.status}` };
}
