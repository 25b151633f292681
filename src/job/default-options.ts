// Options said once for several requests: each request may say otherwise. Two that mean the same
// thing in other words never come together, because the request's own word drives both out.

import type { ErrorDetails } from '../errors.ts';
import { SendoffError } from '../errors.ts';

const rivals: readonly (readonly [string, string])[] = [
  ['retries', 'retry'],
  ['delay', 'at'],
];

type Fields = Readonly<Record<string, unknown>>;

/** What a request says, and what `defaults` say of which it says nothing. */
export function withDefaults(defaults: Fields, own: Fields): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...defaults, ...own };
  for (const pair of rivals) {
    const given = pair.filter((name) => own[name] !== undefined);
    if (given.length === 0) continue;
    for (const name of pair) if (!given.includes(name)) delete merged[name];
  }
  return merged;
}

/** The refusal of one request of a group, with its place: `requests.jd.url`, `requests[2].url`. */
export function inRequest(error: unknown, key: string | number): unknown {
  if (!(error instanceof SendoffError)) return error;
  const isPlace = typeof key === 'number';
  const place = isPlace ? `requests[${key}]` : `requests.${key}`;
  const details: ErrorDetails = {
    field: error.field === undefined ? place : `${place}.${error.field}`,
    cause: error,
    ...(isPlace && { index: key }),
    ...(error.jobId !== undefined && { jobId: error.jobId }),
  };
  return new SendoffError(error.code, `Request \`${key}\`: ${error.message}`, details);
}
