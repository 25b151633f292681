// The body of a job that arrives as the body of its request: kept in memory as long as it is small,
// then written to the store while it arrives. Its length never decides how much memory it takes.

import { receiveBody } from '../engine/intake/receive-body.ts';
import type { CheckedBody } from '../job/checked.ts';
import { limits } from '../limits.ts';
import type { Api } from './context.ts';
import { type Exchange, hasBody } from './exchange.ts';
import { bodyAtHand, bodyChunks, checkAnnouncedLength, roomFor } from './read-body.ts';

/** @throws SendoffError `body_too_large`, `body_incomplete`, `request_timeout` */
export async function incomingBody(
  exchange: Exchange,
  api: Api,
  mostBytes: number,
): Promise<CheckedBody> {
  checkAnnouncedLength(exchange, mostBytes);
  if (!hasBody(exchange)) return { kind: 'none' };
  // One turn later a body that came in one piece with the head is complete.
  await undefined;
  const isSmall =
    Number(exchange.head.contentLength ?? Number.POSITIVE_INFINITY) <= limits.inlineBodyBytes;
  const bytes = isSmall ? bodyAtHand(exchange) : undefined;
  return bytes === undefined ? receive(exchange, api, mostBytes) : { kind: 'bytes', bytes };
}

async function receive(exchange: Exchange, api: Api, mostBytes: number): Promise<CheckedBody> {
  // What it holds at the most before the store takes it.
  roomFor(exchange, api.engine)(limits.inlineBodyBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const arriving = bodyChunks(exchange, { limitBytes: mostBytes, clock: api.clock });
  for (;;) {
    const { value, done } = await arriving.next();
    if (done) return { kind: 'bytes', bytes: Buffer.concat(chunks) };
    chunks.push(value);
    bytes += value.length;
    if (bytes > limits.inlineBodyBytes) {
      return receiveBody(api.engine, both(chunks, arriving), { mostBytes });
    }
  }
}

async function* both(
  begun: readonly Buffer[],
  rest: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  yield* begun;
  yield* rest;
}
