// Fills a store: the same job again and again as NDJSON over one request, as fast as it is read.

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { monotonicMs } from '../monotonic.ts';

const LINES_PER_PIECE = 200;
const LINE_FEED = 10;

export interface Lines {
  readonly port: number;
  /** One job, without the line feed. */
  readonly line: string;
  readonly count: number;
}

/** Resolves when every line has been answered, which is after its commit. */
export async function sendLines({ port, line, count }: Lines): Promise<{ readonly ms: number }> {
  const began = monotonicMs();
  const outgoing = request({
    ...{ host: '127.0.0.1', port, method: 'POST', path: '/v1/jobs' },
    headers: { 'content-type': 'application/x-ndjson' },
  });
  // Read while sending: the server stops reading when too many of its answers are not fetched.
  const sent = pipeline(Readable.from(pieces(line, count)), outgoing);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  let stored = 0;
  let start = '';
  for await (const piece of answer as AsyncIterable<Buffer>) {
    if (start.length < 300) start += piece.toString('latin1', 0, 300);
    for (const byte of piece) if (byte === LINE_FEED) stored++;
  }
  await sent;
  if (answer.statusCode !== 200 || stored !== count || start.includes('"code"')) {
    throw new Error(
      `Expected ${count} stored, got ${answer.statusCode}, ${stored} lines: ${start}`,
    );
  }
  return { ms: monotonicMs() - began };
}

function* pieces(line: string, count: number): Generator<Buffer> {
  const piece = Buffer.from(`${line}\n`.repeat(LINES_PER_PIECE));
  let left = count;
  for (; left >= LINES_PER_PIECE; left -= LINES_PER_PIECE) yield piece;
  if (left > 0) yield Buffer.from(`${line}\n`.repeat(left));
}
