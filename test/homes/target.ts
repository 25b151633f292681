// A small target for the claims about the verbs: it answers as the path says and remembers what
// came.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Target {
  readonly url: string;
  readonly arrivals: Arrival[];
  /** Answers held back by `/hold` go out now. */
  release(): void;
  /** Resolves when `count` requests have arrived. */
  arrived(count: number): Promise<void>;
  /** Resolves when a request has arrived at `path`. */
  arrivedAt(path: string): Promise<void>;
  close(): Promise<void>;
}

export async function startTarget(): Promise<Target> {
  const arrivals: Arrival[] = [];
  const held: (() => void)[] = [];
  let onArrival = (): void => {};
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request));
    const { method = '', url: path = '', headers } = request;
    arrivals.push({ method, path, headers, body });
    onArrival();
    if (path.startsWith('/hold')) held.push(() => reply(path, body, response));
    else reply(path, body, response);
  });
  const when = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      onArrival = () => {
        if (isSo()) resolve();
      };
      onArrival();
    });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    release: () => {
      for (const answer of held.splice(0)) answer();
    },
    arrived: (count) => when(() => arrivals.length >= count),
    arrivedAt: (path) => when(() => arrivals.some((arrival) => arrival.path === path)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

// `/status/503` answers with that status, everything else with 200; the body comes back as it was.
function reply(path: string, body: Buffer, response: ServerResponse): void {
  const status = Number(/\/status\/(\d+)/.exec(path)?.[1] ?? 200);
  response.writeHead(status, { 'content-type': 'text/plain', 'x-path': path });
  response.end(body.length > 0 ? body : `answer to ${path}`);
}
