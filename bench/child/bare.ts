// The yardstick for accepting: a node:http server that reads a POST and answers 202. It keeps
// nothing.

import { createServer } from 'node:http';
import { offer } from './verbs.ts';

export interface BareVerbs {
  listen(): Promise<number>;
}

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(202, { 'content-type': 'application/json', 'content-length': 11 });
    response.end('{"ok":true}');
  });
});

offer<BareVerbs>({
  listen: () =>
    new Promise((resolve) => {
      server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
        resolve((server.address() as { port: number }).port);
      });
    }),
});
