// Reading request bodies. A small body nearly always arrives together with its head and lies
// complete in the request's buffer one turn later: `bodyAtHand` takes it from there. Everything
// else is pulled chunk by chunk, which gives three rules their place: a body over its limit is
// refused (before reading, if it says its length), one that stalls is refused with
// `request_timeout`, and one that is cut is `body_incomplete`. A caller who hangs up after its last
// byte has still sent the whole body: what arrived is read from the buffer.
//
// What is read into memory has its bounds there, for all callers together. Room is asked for as it
// comes: by a length that is announced and never sent nobody else would find any.

import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Exchange } from './exchange.ts';

export interface ReadOptions {
  readonly limitBytes: number;
  readonly clock: Clock;
}

type Room = Pick<Engine, 'reserve'>;

const nothing: Buffer = Buffer.alloc(0);

/** The whole body if it is here already; never waits. */
export function bodyAtHand({ request, head }: Exchange): Buffer | undefined {
  // The parser says `complete` a moment after it has given the last byte.
  const isWhole = request.complete || request.readableLength === Number(head.contentLength);
  if (!isWhole) return undefined;
  return (request.read() as Buffer | null) ?? nothing;
}

/** @throws SendoffError `body_too_large` for a length that is announced and over the limit */
export function checkAnnouncedLength({ head }: Exchange, limitBytes: number): void {
  if (Number(head.contentLength ?? 0) > limitBytes) throw tooLarge(limitBytes);
}

/** The whole body in memory; `engine` says whether there is room, until the answer is out. */
export async function readBody(
  exchange: Exchange,
  options: ReadOptions & { readonly engine: Room },
): Promise<Buffer> {
  checkAnnouncedLength(exchange, options.limitBytes);
  const atHand = bodyAtHand(exchange);
  if (atHand !== undefined) {
    if (atHand.length > options.limitBytes) throw tooLarge(options.limitBytes);
    return atHand;
  }
  const reserve = roomFor(exchange, options.engine);
  let bytes = 0;
  const chunks: Buffer[] = [];
  for await (const chunk of bodyChunks(exchange, options)) {
    chunks.push(chunk);
    bytes += chunk.length;
    reserve(bytes);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/**
 * Asks for room for so many bytes in all, which is kept until the answer is out.
 * @throws SendoffError `busy`, `rate_limited`
 */
export function roomFor({ from, response }: Exchange, engine: Room): (bytes: number) => void {
  let leave: (() => void) | undefined;
  const end = (): void => {
    leave?.();
    leave = undefined;
  };
  response.once('close', end);
  return (bytes) => {
    end();
    leave = engine.reserve({ from, jobs: 0, bytes });
    if (response.closed) end();
  };
}

/** The body as it arrives. While nobody asks for the next chunk, the sender is held back. */
export async function* bodyChunks(
  exchange: Exchange,
  { limitBytes, clock }: ReadOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const { request, response, head } = exchange;
  checkAnnouncedLength(exchange, limitBytes);
  if (head.expect !== undefined) response.writeContinue();
  const watch = watchRequest(exchange, clock);
  let bytes = 0;
  try {
    for (;;) {
      const chunk = request.read() as Buffer | null;
      if (chunk !== null) {
        bytes += chunk.length;
        if (bytes > limitBytes) throw tooLarge(limitBytes);
        watch.arrived(chunk.length);
        yield chunk;
      } else if (request.complete) return;
      else if (request.destroyed) throw incomplete();
      else await watch.change();
    }
  } finally {
    watch.stop();
  }
}

interface Watch {
  /** Resolves when there may be something to read, or rejects when the sender has stalled. */
  change(): Promise<void>;
  arrived(bytes: number): void;
  stop(): void;
}

function watchRequest({ request }: Exchange, clock: Clock): Watch {
  let wake = (): void => {};
  let stalled = false;
  let bytes = 0;
  const check = (): void => {
    // What waits unread has arrived, too: a sender that is held back by us has filled that buffer.
    if (bytes + request.readableLength < limits.stalledBodyBytes) stalled = true;
    else stopTimer = clock.after(limits.stalledBodyMs, check);
    bytes = 0;
    if (stalled) wake();
  };
  let stopTimer = clock.after(limits.stalledBodyMs, check);
  const listener = (): void => wake();
  for (const name of events) request.on(name, listener);
  return {
    async change() {
      if (!stalled) await new Promise<void>((resolve) => (wake = resolve));
      if (stalled && !request.complete) throw timeout();
    },
    arrived(count) {
      bytes += count;
    },
    stop() {
      stopTimer();
      for (const name of events) request.off(name, listener);
      request.on('error', () => {
        // A cut connection is told by `destroyed`; without a listener it would end the process.
      });
    },
  };
}

const events = ['readable', 'end', 'close', 'error'] as const;

function tooLarge(limitBytes: number): SendoffError {
  return new SendoffError('body_too_large', `Expected a body of at most ${limitBytes} bytes`);
}

function incomplete(): SendoffError {
  return new SendoffError('body_incomplete', 'The connection ended before the body did');
}

function timeout(): SendoffError {
  const { stalledBodyMs, stalledBodyBytes } = limits;
  const seconds = stalledBodyMs / 1_000;
  const detail = `Expected ${stalledBodyBytes} bytes of the body in each ${seconds} s`;
  return new SendoffError('request_timeout', detail);
}
