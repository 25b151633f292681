// For tests: a target that speaks bytes, so that it can answer what no HTTP server would.

import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { systemClock } from '../../clock.ts';

export interface RawTarget {
  readonly origin: string;
  readonly port: number;
  /** Every request that arrived whole, as text. */
  readonly arrivals: string[];
  readonly sockets: Set<Socket>;
}

/** Calls `answer` for each request whose headers and body (by `content-length`) have arrived. */
export async function startRawTarget(
  t: TestContext,
  answer: (socket: Socket, request: string, count: number) => void,
): Promise<RawTarget> {
  const arrivals: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let text = '';
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {}); // Being cut off is what many of these tests are about.
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = endOfRequest(text); end > 0; end = endOfRequest(text)) {
        arrivals.push(text.slice(0, end));
        text = text.slice(end);
        answer(socket, arrivals.at(-1)!, arrivals.length);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, arrivals, sockets };
}

/** Resolves when the target has no connection left; rejects after two seconds. */
export async function allClosed(sockets: ReadonlySet<Socket>): Promise<void> {
  for (let tries = 0; sockets.size > 0; tries++) {
    if (tries === 200) throw new Error('Expected every socket to be closed');
    await new Promise<void>((resume) => void systemClock.after(10, resume));
  }
}

function endOfRequest(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const length = /^content-length: (\d+)/im.exec(text.slice(0, head));
  const end = head + 4 + Number(length?.[1] ?? 0);
  return text.length >= end ? end : 0;
}
