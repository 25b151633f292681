// The clocks inside one attempt of a request: connecting, waiting for the answer to begin, silence
// within it. They end an attempt sooner than `timeout` would, never later.

import { parseDuration } from './duration.ts';
import type { Spec } from './job.ts';

export type AttemptClocks = Pick<Spec, 'connectMs' | 'firstByteMs' | 'idleMs'>;

/** @throws SendoffError `invalid_duration` */
export function attemptClocks(fields: Readonly<Record<string, unknown>>): AttemptClocks {
  const { connectTimeout, firstByteTimeout, idleTimeout } = fields;
  return {
    ...(connectTimeout !== undefined && { connectMs: ms(connectTimeout, 'connectTimeout') }),
    ...(firstByteTimeout !== undefined && {
      firstByteMs: ms(firstByteTimeout, 'firstByteTimeout'),
    }),
    ...(idleTimeout !== undefined && { idleMs: ms(idleTimeout, 'idleTimeout') }),
  };
}

function ms(value: unknown, field: string): number {
  return parseDuration(value, { field, leastMs: 1 });
}
