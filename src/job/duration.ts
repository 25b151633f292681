// How long: milliseconds as a number, or text with one unit. A bare number in text is refused,
// because nobody can say whether `'5'` meant seconds or milliseconds.

import type { ErrorCode } from '../errors.ts';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { shown } from './shown.ts';

export interface DurationRange {
  /** Names the duration in messages. */
  readonly field: string;
  /** @default 0 */
  readonly leastMs?: number;
  /** @default limits.durationMs */
  readonly mostMs?: number;
  /** Code for a sensible duration above `mostMs`. @default 'invalid_duration' */
  readonly tooLong?: ErrorCode;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const TEXT = /^(\d+(?:\.\d+)?)(ms|[smhdw])$/;

/**
 * Whole milliseconds of a duration such as `1500`, `'1.5h'` or `'2w'`.
 *
 * @throws SendoffError `invalid_duration`, or `range.tooLong`
 */
export function parseDuration(value: unknown, range: DurationRange): number {
  const ms = milliseconds(value);
  if (ms === undefined) throw notUnderstood(value, range.field);
  const leastMs = range.leastMs ?? 0;
  const mostMs = range.mostMs ?? limits.durationMs;
  if (ms < leastMs) {
    throw outside(value, range, { code: 'invalid_duration', bound: `${leastMs} ms or more` });
  }
  if (ms > mostMs) {
    const code = range.tooLong ?? 'invalid_duration';
    throw outside(value, range, { code, bound: `${inUnits(mostMs)} at most` });
  }
  return ms;
}

/**
 * Undefined for what is no duration at all: junk, negative, or too large to count in milliseconds.
 */
function milliseconds(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? fromText(value) : value;
  if (typeof ms !== 'number' || !(ms >= 0)) return undefined;
  const rounded = Math.round(ms);
  return Number.isSafeInteger(rounded) ? rounded + 0 : undefined;
}

function fromText(text: string): number | undefined {
  const match = TEXT.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * (UNIT_MS[match[2] as string] as number);
}

function notUnderstood(value: unknown, field: string): SendoffError {
  const wanted = 'milliseconds or text with a unit (ms, s, m, h, d, w) such as `5m`';
  const message = `Expected \`${field}\` to be ${wanted}, got ${shown(value)}`;
  return new SendoffError('invalid_duration', message, { field });
}

function outside(
  value: unknown,
  range: DurationRange,
  why: { code: ErrorCode; bound: string },
): SendoffError {
  const { field } = range;
  return new SendoffError(
    why.code,
    `Expected \`${field}\` to be ${why.bound}, got ${shown(value)}`,
    { field },
  );
}

function inUnits(ms: number): string {
  if (ms % 86_400_000 === 0) return `${ms / 86_400_000} days`;
  return ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`;
}
