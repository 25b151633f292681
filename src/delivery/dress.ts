// What an attempt wears on the wire. The plain dress sends the caller's lines as they are and adds what every
// attempt has; it never replaces a line of the caller's, but for `traceparent`, whose trace it continues.

import type { Clock } from '../clock.ts';
import type { HeaderLines } from '../job/job.ts';
import type { Attempt } from './deliverer.ts';
import { nextTraceparent } from './trace.ts';

/** The header lines of one attempt. Decides by its arguments alone; time and chance are the clock's. */
export type Dress = (attempt: Attempt, wear: Wear) => HeaderLines;

export interface Wear {
  readonly clock: Clock;
  readonly userAgent: string;
}

export const plain: Dress = (attempt, wear) => {
  const lines: (readonly [string, string])[] = [];
  const has = new Set<string>();
  let traceparent = attempt.traceparent;
  for (const line of attempt.target.headers) {
    const name = line[0].toLowerCase();
    has.add(name);
    if (name === 'traceparent') traceparent ??= line[1];
    else lines.push(line);
  }
  const trace = nextTraceparent(traceparent, attempt.jobId, wear.clock);
  lines.push(['traceparent', trace.value]);
  if (trace.isContinued && attempt.tracestate !== undefined && !has.has('tracestate')) {
    lines.push(['tracestate', attempt.tracestate]);
  }
  if (!has.has('idempotency-key')) lines.push(['idempotency-key', attempt.idempotencyKey]);
  lines.push(['sendoff-attempt', String(attempt.number)]);
  // The body is kept as it comes; without this line some servers would squeeze it.
  if (!has.has('accept-encoding')) lines.push(['accept-encoding', 'identity']);
  if (!has.has('user-agent')) lines.push(['user-agent', wear.userAgent]);
  return lines;
};
