// Writes a problem on a response whose request may still be arriving. A small rest is read and
// dropped, so that the connection can be used again. A large one is not worth reading: the
// connection closes, but only after the caller had a moment to read the answer; closing over unread
// bytes would reset the connection and could take the answer with it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { limits } from '../limits.ts';
import type { ApiOptions } from './context.ts';
import type { Exchange } from './exchange.ts';
import { type Problem, problemOf } from './problem.ts';

/** Time for the caller to see the answer and stop sending. */
const LINGER_MS = 1_000;

export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  options: Pick<ApiOptions, 'clock' | 'log'>,
): void {
  refuseWith({ request, response }, () => problemOf(error, options), options.clock);
}

/** The problem is made only if it can still be told. */
export function refuseWith(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  problem: () => Problem,
  clock: Clock,
): void {
  if (response.headersSent || response.destroyed) {
    // The head is out, so the only way left to say that something is wrong is to cut the
    // connection.
    if (!response.writableEnded) response.destroy();
    return;
  }
  const { status, headers, body } = problem();
  const isLarge = !request.complete && hasLargeRest(request);
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(body),
    ...(isLarge ? { connection: 'close' } : {}),
  });
  if (isLarge) linger(request, response, body, clock);
  else response.end(body);
}

function hasLargeRest({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined || headers.expect !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > limits.inlineBodyBytes;
}

function linger(
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  clock: Clock,
): void {
  response.write(body);
  request.removeAllListeners('data');
  request.on('error', ignoreCut);
  request.resume();
  const end = (): void => {
    stop();
    response.end();
  };
  const stop = clock.after(LINGER_MS, end);
  request.once('end', end);
  request.once('close', end);
}

/** The caller hung up on our refusal, as it may. */
function ignoreCut(): void {}
