// A target inside the test: remembers every arrival and answers as the test says.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Arrival {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** `sendoff-attempt`. */
  readonly attempt: number;
  /** `idempotency-key`. */
  readonly key: string;
}

export interface TargetServer extends AsyncDisposable {
  readonly url: string;
  /** Whole requests, in the order in which their last byte came. */
  readonly arrivals: readonly Arrival[];
}

export type Respond = (response: ServerResponse, arrival: Arrival) => void | Promise<void>;

/** @param onPort any free one unless given */
export async function startTarget(respond: Respond, onPort = 0): Promise<TargetServer> {
  const arrivals: Arrival[] = [];
  const server = createServer((request, response) => {
    void receive(request).then(async (arrival) => {
      if (arrival === undefined) return;
      arrivals.push(arrival);
      await respond(response, arrival);
    });
  });
  server.listen(onPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Undefined when the sender broke off. */
async function receive(request: IncomingMessage): Promise<Arrival | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  const { method = '', url = '', headers } = request;
  return {
    method,
    url,
    headers,
    body: Buffer.concat(chunks),
    attempt: Number(headers['sendoff-attempt']),
    key: String(headers['idempotency-key']),
  };
}
