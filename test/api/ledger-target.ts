// A real HTTP target that writes down what reached it, for tests.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Arrived {
  readonly method: string;
  readonly path: string;
  /** Lines in order and spelling: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface LedgerTarget {
  readonly url: string;
  readonly arrived: readonly Arrived[];
  /** Resolves when at least `count` requests have arrived. */
  atLeast(count: number): Promise<readonly Arrived[]>;
}

export type Reply = (arrived: Arrived, response: ServerResponse) => void;

export async function startTarget(
  t: TestContext,
  reply: Reply = (_, response) => response.end('ok'),
): Promise<LedgerTarget> {
  const arrived: Arrived[] = [];
  let told = (): void => {};
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', rawHeaders, headers } = request;
    const one = { method, path, rawHeaders, headers, body: Buffer.concat(chunks) };
    arrived.push(one);
    reply(one, response);
    told();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    async atLeast(count) {
      while (arrived.length < count) await new Promise<void>((resolve) => (told = resolve));
      return arrived;
    },
  };
}
