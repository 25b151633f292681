// What an attempt wears on the wire. The plain dress sends the caller's lines as they are and adds
// what every attempt has; it never replaces a line of the caller's, but for `traceparent`, whose
// trace it continues.

import type { Clock } from '../clock.ts';
import type { HeaderLines, HttpTarget } from '../job/job.ts';
import type { Attempt } from './deliverer.ts';
import { nextTraceparent, ownTraceparent } from './trace.ts';

/**
 * The header lines of one attempt. Decides by its arguments alone; time and chance are the clock's.
 */
export type Dress = (attempt: Attempt<HttpTarget>, wear: Wear) => HeaderLines;

export interface Wear {
  readonly clock: Clock;
  readonly userAgent: string;
}

export const plain: Dress = (attempt, wear) => {
  const { headers } = attempt.target;
  const caller = find(headers, 'traceparent');
  const parent = attempt.traceparent ?? caller?.[1];
  const trace = attempt.span
    ? ownTraceparent(attempt.span, parent)
    : nextTraceparent(parent, attempt.jobId, wear.clock);
  const lines = headers.filter((line) => line !== caller);
  lines.push(['traceparent', trace.value]);
  if (trace.isContinued && attempt.tracestate !== undefined && !find(headers, 'tracestate')) {
    lines.push(['tracestate', attempt.tracestate]);
  }
  if (!find(headers, 'idempotency-key')) lines.push(['idempotency-key', attempt.idempotencyKey]);
  lines.push(['sendoff-attempt', String(attempt.number)]);
  // How long, not until when: clocks need not agree.
  lines.push(['sendoff-deadline', String(attempt.timeoutMs)]);
  // The body is kept as it comes; without this line some servers would squeeze it.
  if (!find(headers, 'accept-encoding')) lines.push(['accept-encoding', 'identity']);
  if (!find(headers, 'user-agent')) lines.push(['user-agent', wear.userAgent]);
  return lines;
};

function find(lines: HeaderLines, name: string): HeaderLines[number] | undefined {
  return lines.find((line) => line[0].length === name.length && line[0].toLowerCase() === name);
}
