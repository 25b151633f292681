// `GET /v1/events`: every change as Server-Sent Events, with `Last-Event-ID` for those who come back. A
// reader that does not keep up costs a bounded queue; when that is full the reader gets one `reset` event in
// place of what it missed, and should look at the jobs again.

import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JobEvent } from '../sendoff.ts';
import type { ApiOptions } from './context.ts';
import { readQuery } from './query.ts';
import type { Route } from './routes.ts';

/** Heartbeats that a blocked reader may miss before its connection is given up. */
const SILENT_HEARTBEATS = 8;
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
        openStream(response, options, knownEvent(head.lastEventId));
        return RESPONSE_ALREADY_SENT;
      },
    },
  ];
}

const streamHead = {
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
  const reader = createReader(response);
  reader.comment(`retry: ${retryMs}\n\n`);
  const unsubscribe = engine.subscribe(reader.event, since);
  const beat = (): void => {
    reader.comment(':\n\n');
    stopBeat = clock.after(limits.eventHeartbeatMs, beat);
  };
  let stopBeat = clock.after(limits.eventHeartbeatMs, beat);
  response.once('close', () => {
    unsubscribe();
    stopBeat();
  });
}

interface Reader {
  readonly event: (event: JobEvent) => void;
  /** Keeps the line warm; skipped for a reader that does not read. */
  readonly comment: (text: string) => void;
}

function createReader(response: ServerResponse): Reader {
  let waiting: string[] = [];
  let missed: JobEvent | undefined;
  let isBlocked = false;
  let silentBeats = 0;
  const write = (text: string): void => {
    isBlocked = !response.write(text);
  };
  response.on('drain', () => {
    isBlocked = false;
    silentBeats = 0;
    const text = missed === undefined ? waiting.join('') : eventText(asReset(missed));
    waiting = [];
    missed = undefined;
    if (text !== '') write(text);
  });
  return {
    event(event) {
      if (!isBlocked) write(eventText(event));
      else if (missed !== undefined || waiting.length >= limits.eventsWaiting) {
        missed = event;
        waiting = [];
      } else waiting.push(eventText(event));
    },
    comment(text) {
      if (!isBlocked) write(text);
      else if (++silentBeats > SILENT_HEARTBEATS) response.destroy();
    },
  };
}

function asReset({ id, at }: JobEvent): JobEvent {
  return { id, type: 'reset', at };
}

function eventText(event: JobEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
