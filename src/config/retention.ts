// `keep`: how long what is settled is remembered.

import { parseDuration } from '../job/duration.ts';
import { checkFields } from '../job/known-field.ts';

/** Milliseconds, each optional: `{ response: '24h', job: '7d', failed: '30d' }` in the file. */
export interface Retention {
  readonly keepResponseMs?: number;
  readonly keepJobMs?: number;
  readonly keepFailedMs?: number;
}

/** @throws SendoffError `unknown_field`, `invalid_field`, `invalid_duration` */
export function checkRetention(value: unknown, path: string): Retention {
  const { response, job, failed } = checkFields(
    value,
    new Set(['response', 'job', 'failed']),
    path,
  );
  const span = (given: unknown, name: string): number =>
    parseDuration(given, { field: `${path}.${name}`, leastMs: 1_000 });
  return {
    ...(response !== undefined && { keepResponseMs: span(response, 'response') }),
    ...(job !== undefined && { keepJobMs: span(job, 'job') }),
    ...(failed !== undefined && { keepFailedMs: span(failed, 'failed') }),
  };
}
