// W3C trace context of the caller. It is taken out of the headers, because every attempt writes its
// own `traceparent` with the same trace id. One that breaks the standard is dropped, as the
// standard wants.

import type { HeaderLines } from './job.ts';

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;
const TRACESTATE_CHARACTERS = 512;

export interface TraceContext {
  /** The headers without trace context. */
  readonly headers: HeaderLines;
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Splits the trace context from the headers of a job. */
export function takeTraceContext(headers: HeaderLines): TraceContext {
  if (!headers.some(isTraceLine)) return { headers };
  const rest = headers.filter((line) => !isTraceLine(line));
  const parents = valuesOf(headers, 'traceparent');
  const traceparent = parents.length === 1 ? parents[0] : undefined;
  if (traceparent === undefined || !isTraceparent(traceparent)) return { headers: rest };
  const tracestate = valuesOf(headers, 'tracestate').filter(Boolean).join(',');
  if (tracestate === '' || tracestate.length > TRACESTATE_CHARACTERS) {
    return { headers: rest, traceparent };
  }
  return { headers: rest, traceparent, tracestate };
}

function isTraceLine([name]: readonly [string, string]): boolean {
  // The length first: this runs for every header of every job.
  if (name.length !== 11 && name.length !== 10) return false;
  const lower = name.toLowerCase();
  return lower === 'traceparent' || lower === 'tracestate';
}

function isTraceparent(value: string): boolean {
  const match = TRACEPARENT.exec(value);
  if (match === null) return false;
  const [, version, traceId, parentId, more] = match;
  if (version === '00' && more !== undefined) return false;
  return !/^0+$/.test(traceId as string) && !/^0+$/.test(parentId as string);
}

function valuesOf(headers: HeaderLines, name: string): string[] {
  return headers.filter((line) => line[0].toLowerCase() === name).map((line) => line[1]);
}
