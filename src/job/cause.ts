// What failed jobs have in common: where they went, why they were given up, and what the last
// attempt met. Jobs of one cause are mended together.
//
// The number of a cause is made from what it is, so that it stays the same when the last job of it
// is gone and it comes back, and on every machine. It is 52 bits of a hash, which JavaScript and
// every database hold as a whole number.

import { createHash } from 'node:crypto';
import { SendoffError } from '../errors.ts';
import type { FailReason } from './job.ts';
import { shown } from './shown.ts';

export interface Cause {
  readonly origin: string;
  readonly reason: FailReason;
  /** Of the last attempt. */
  readonly status: number | null;
  readonly error: string | null;
}

const DIGITS = 13;
const TEXT = /^[0-9a-f]{13}$/;

export function causeNumber({ origin, reason, status, error }: Cause): number {
  const text = JSON.stringify([origin, reason, status, error]);
  const hash = createHash('sha256').update(text).digest('hex');
  return Number.parseInt(hash.slice(0, DIGITS), 16);
}

/** How people name it. */
export function causeId(number: number): string {
  return number.toString(16).padStart(DIGITS, '0');
}

/** @throws SendoffError `invalid_field` */
export function checkCause(value: unknown, field: string): number {
  if (typeof value === 'string' && TEXT.test(value)) return Number.parseInt(value, 16);
  const message = `Expected \`${field}\` to be the id of a cause, got ${shown(value)}`;
  throw new SendoffError('invalid_field', message, { field });
}
