// When: ISO 8601 with a zone, a Date, or milliseconds since 1970. Text without a zone is refused,
// because it means another instant on every machine; Date.parse is not used, because it repairs
// impossible dates.

import type { ErrorCode } from '../errors.ts';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { shown } from './shown.ts';

export interface InstantOptions {
  /** Names the instant in messages. */
  readonly field: string;
  /** The present, milliseconds since 1970. */
  readonly now: number;
}

const TEXT =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d))$/;
const YEAR_10000 = 253_402_300_800_000;
/** Numbers below this are 1973 as milliseconds but the present as seconds. */
const LIKE_SECONDS = 1e11;

/**
 * Milliseconds since 1970, as written: an instant in the past stays one, and callers read it as
 * "now". Parts of a millisecond are rounded up, so that nothing is early.
 *
 * @throws SendoffError `invalid_instant`; `delay_too_long` if more than `limits.delayMs` ahead
 */
export function parseInstant(value: unknown, options: InstantOptions): number {
  const at = milliseconds(value, options);
  if (!(at >= 0 && at < YEAR_10000)) {
    throw refusal('invalid_instant', 'an instant from 1970 to 9999', value, options);
  }
  if (at - options.now > limits.delayMs) {
    const most = `at most ${limits.delayMs / 86_400_000} days ahead`;
    throw refusal('delay_too_long', most, value, options);
  }
  return at;
}

/** ISO 8601 in UTC, with milliseconds. */
export function isoInstant(ms: number): string {
  return new Date(ms).toISOString();
}

function milliseconds(value: unknown, options: InstantOptions): number {
  if (typeof value === 'number') return fromNumber(value, options);
  if (value instanceof Date) return value.getTime();
  const at = typeof value === 'string' ? fromText(value) : undefined;
  if (at !== undefined) return at;
  const wanted = 'ISO 8601 with a zone, such as `2030-01-31T09:00:00Z`';
  throw refusal('invalid_instant', wanted, value, options);
}

function fromNumber(value: number, options: InstantOptions): number {
  if (value >= 0 && value < LIKE_SECONDS) {
    const wanted = 'milliseconds since 1970 (this looks like seconds; multiply by 1000)';
    throw refusal('invalid_instant', wanted, value, options);
  }
  return Math.ceil(value);
}

function fromText(text: string): number | undefined {
  const match = TEXT.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute] = match.slice(1, 6).map(Number) as Numbers;
  const second = Number(match[6] ?? 0);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = offsetMinutes(match);
  if (offset === undefined) return undefined;
  // Set by parts: Date.UTC reads the years 0 to 99 as 1900 to 1999.
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  const date = new Date(midnight);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const ms = Math.ceil(Number(`0.${match[7] ?? 0}`) * 1_000);
  return midnight + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + ms;
}

type Numbers = [year: number, month: number, day: number, hour: number, minute: number];

function offsetMinutes(match: RegExpExecArray): number | undefined {
  if (match[8] === undefined) return 0;
  const hours = Number(match[9]);
  const minutes = Number(match[10]);
  if (hours > 23 || minutes > 59) return undefined;
  return (match[8] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function refusal(
  code: ErrorCode,
  wanted: string,
  value: unknown,
  { field }: InstantOptions,
): SendoffError {
  const message = `Expected \`${field}\` to be ${wanted}, got ${shown(value)}`;
  return new SendoffError(code, message, { field });
}
