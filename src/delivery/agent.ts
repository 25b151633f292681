// undici's Agent, taken from its own file: loading the whole package would put a dispatcher of its own
// under the `fetch` of the program that we are a guest in, and would cost 100 ms of start-up.

import { createRequire } from 'node:module';
import type { Agent } from 'undici';
import { limits } from '../limits.ts';
import type { Connect } from './connector.ts';

const UndiciAgent = createRequire(import.meta.url)(
  'undici/lib/dispatcher/agent.js',
) as typeof Agent;

/** An idle socket may live this long; most servers close theirs after 5 s. */
const IDLE_SOCKET_MS = 4_000;

/** One agent for all origins: connections kept, no redirects, no decoding, no timeouts but ours. */
export function createAgent(options: { connect: Connect; attemptsPerOrigin: number }): Agent {
  return new UndiciAgent({
    connect: options.connect,
    connections: options.attemptsPerOrigin,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_SOCKET_MS,
    keepAliveMaxTimeout: IDLE_SOCKET_MS,
    maxHeaderSize: limits.responseHeaderBytes,
  });
}
