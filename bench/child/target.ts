// The target: takes each request, notes which one it was and when, answers 200. Raw bytes rather
// than node:http, so that what is measured is the server before it.

import { createServer } from 'node:net';
import { monotonicMs } from '../monotonic.ts';
import { messageReader } from './framing.ts';
import { readNumber } from './numbered.ts';
import { offer } from './verbs.ts';

const NUMBERS = 4_000_000;
const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok',
);

export interface Arrivals {
  /** Requests in all. */
  readonly count: number;
  /** Different numbers among them. */
  readonly unique: number;
  /** When the first came, 0 if none did. */
  readonly firstAt: number;
}

export interface TargetVerbs {
  /** Resolves with the port. */
  listen(): Promise<number>;
  reset(): void;
  arrivals(): Arrivals;
  /** When the first byte of each of the numbers below `count` came. */
  arrivedAt(count: number): number[];
}

const seen = new Uint8Array(NUMBERS);
const times = new Float64Array(10_000);
let arrivals: Arrivals = { count: 0, unique: 0, firstAt: 0 };

const server = createServer({ noDelay: true }, (socket) => {
  let pieceAt = 0;
  const read = messageReader((bytes, start) => {
    note(readNumber(bytes, start), pieceAt);
    socket.write(ANSWER);
  });
  socket.on('data', (piece: Buffer) => {
    pieceAt = monotonicMs();
    read(piece);
  });
  // A server that is killed or cuts an attempt resets its connections: nothing to do about it here.
  socket.on('error', () => {});
});

function note(number: number, at: number): void {
  const isNew = seen[number] === 0;
  seen[number] = 1;
  if (number < times.length) times[number] = at;
  arrivals = {
    count: arrivals.count + 1,
    unique: arrivals.unique + (isNew ? 1 : 0),
    firstAt: arrivals.firstAt || at,
  };
}

offer<TargetVerbs>({
  listen: () =>
    new Promise((resolve) => {
      server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
        resolve((server.address() as { port: number }).port);
      });
    }),
  reset() {
    seen.fill(0);
    times.fill(0);
    arrivals = { count: 0, unique: 0, firstAt: 0 };
  },
  arrivals: () => arrivals,
  arrivedAt: (count) => Array.from(times.subarray(0, count)),
});
