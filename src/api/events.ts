// `GET /v1/events`: every change as Server-Sent Events, with `Last-Event-ID` for those who come
// back.

import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ApiOptions } from './context.ts';
import { createEventWriter } from './event-writer.ts';
import { readQuery } from './query.ts';
import type { Route } from './routes.ts';

const RETRY_LEAST_MS = 1_000;
const RETRY_SPREAD_MS = 4_000;

export function eventRoutes(options: ApiOptions): readonly Route[] {
  let streams = 0;
  return [
    {
      method: 'GET',
      path: '/v1/events',
      answer: ({ env }) => {
        const { head, request, response } = env.exchange;
        readQuery(head.query, []);
        if (request.method === 'HEAD') return new Response(null, { headers: streamHead });
        if (streams >= limits.eventStreams) {
          const detail = `Expected at most ${limits.eventStreams} event streams at once`;
          throw new SendoffError('busy', detail, { retryAfterMs: 5_000 });
        }
        streams += 1;
        response.once('close', () => (streams -= 1));
        // Others may end their side and still want an answer; a reader of a stream has gone.
        request.socket.once('end', () => response.end());
        openStream(response, options, knownEvent(head.lastEventId));
        return RESPONSE_ALREADY_SENT;
      },
    },
  ];
}

export const streamHead: Readonly<Record<string, string>> = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Accel-Buffering': 'no',
};

/** Junk is an event that nobody knows: the stream begins with a `reset`. */
function knownEvent(id: string | undefined): string | undefined {
  return id === undefined || /^[\w-]{1,64}-[0-9]{1,15}$/.test(id) ? id : 'unknown-0';
}

function openStream(response: ServerResponse, options: ApiOptions, since?: string): void {
  const { engine, clock } = options;
  response.writeHead(200, streamHead);
  const retryMs = Math.round(RETRY_LEAST_MS + clock.random() * RETRY_SPREAD_MS);
  const writer = createEventWriter(response);
  writer.comment(`retry: ${retryMs}\n\n`);
  const unsubscribe = engine.subscribe(writer.event, since);
  const beat = (): void => {
    writer.comment(':\n\n');
    stopBeat = clock.after(limits.eventHeartbeatMs, beat);
  };
  let stopBeat = clock.after(limits.eventHeartbeatMs, beat);
  response.once('close', () => {
    unsubscribe();
    stopBeat();
  });
}
