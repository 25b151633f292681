// Writes events to one reader. A reader that does not keep up costs a bounded queue; when that is
// full it gets one `reset` event in place of all that it missed, and should look at the jobs again.

import type { ServerResponse } from 'node:http';
import { limits } from '../limits.ts';
import type { JobEvent } from '../sendoff.ts';

/** Heartbeats that a blocked reader may miss before its connection is given up. */
const SILENT_HEARTBEATS = 8;

export interface EventWriter {
  readonly event: (event: JobEvent) => void;
  /** Keeps the line warm; skipped for a reader that does not read. */
  readonly comment: (text: string) => void;
}

export function createEventWriter(response: ServerResponse): EventWriter {
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
