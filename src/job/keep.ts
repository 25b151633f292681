// How long a job and its answer are remembered once it has settled, where it says so itself.

import { parseDuration } from './duration.ts';
import { checkFields, isPlainObject } from './known-field.ts';

/** What is absent is as the server keeps it. */
export interface OwnKeep {
  readonly jobMs?: number;
  readonly responseMs?: number;
}

const FIELDS: ReadonlySet<string> = new Set(['job', 'response']);
const LEAST_MS = 1_000;

/**
 * A duration is that of the job; or `{ job, response }`.
 * @throws SendoffError `invalid_duration`, `unknown_field`, `number_out_of_range`
 */
export function checkKeep(value: unknown): OwnKeep | undefined {
  if (value === undefined) return undefined;
  if (!isPlainObject(value)) return { jobMs: span(value, 'keep') };
  const { job, response } = checkFields(value, FIELDS, 'keep');
  return {
    ...(job !== undefined && { jobMs: span(job, 'keep.job') }),
    ...(response !== undefined && { responseMs: span(response, 'keep.response') }),
  };
}

function span(value: unknown, field: string): number {
  return parseDuration(value, { field, leastMs: LEAST_MS });
}
