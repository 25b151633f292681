// The yardstick for the full cycle: a plain reverse proxy, node:http in, undici out, the target's
// answer passed back. It stores nothing and is done when the target is.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, type Dispatcher, request as forward } from 'undici';
import { offer } from './verbs.ts';

/** As many as sendoff opens to one origin. */
const CONNECTIONS = 100;

export interface ProxyVerbs {
  listen(target: { readonly port: number }): Promise<number>;
}

const dispatcher = new Agent({ connections: CONNECTIONS, pipelining: 1, allowH2: false });
let origin = '';

const server = createServer((incoming, outgoing) => {
  pass(incoming, outgoing).catch((error: unknown) => {
    outgoing.writeHead(502).end(String(error));
  });
});

async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
  const answer = await forward(`${origin}${incoming.url}`, {
    method: incoming.method as Dispatcher.HttpMethod,
    headers,
    body: incoming,
    dispatcher,
  });
  outgoing.writeHead(answer.statusCode, answer.headers);
  answer.body.pipe(outgoing);
}

offer<ProxyVerbs>({
  listen: ({ port }) =>
    new Promise((resolve) => {
      origin = `http://127.0.0.1:${port}`;
      server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
        resolve((server.address() as { port: number }).port);
      });
    }),
});
