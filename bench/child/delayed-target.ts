// Services that answer `ok` after as many milliseconds as the path says: `/1000`; `/0` at once. Raw
// bytes rather than node:http, so that what is measured is the caller.

import { createServer } from 'node:net';
import { messageReader } from './framing.ts';
import { offer } from './verbs.ts';

const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok',
);

export interface DelayedTargetVerbs {
  /** Resolves with the port. */
  listen(): Promise<number>;
}

const server = createServer({ noDelay: true }, (socket) => {
  const read = messageReader((bytes, start) => {
    const pathAt = bytes.indexOf('/', start);
    const ms = Number.parseInt(bytes.toString('latin1', pathAt + 1, pathAt + 9), 10);
    if (ms > 0) setTimeout(() => socket.write(ANSWER), ms);
    else socket.write(ANSWER);
  });
  socket.on('data', read);
  // A caller that is through closes as it likes.
  socket.on('error', () => {});
});

offer<DelayedTargetVerbs>({
  listen: () =>
    new Promise((resolve) => {
      server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
        resolve((server.address() as { port: number }).port);
      });
    }),
});
