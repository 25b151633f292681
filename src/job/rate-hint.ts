// What a target's answer says of its own rate limit: `RateLimit` and `RateLimit-Policy`
// (draft-ietf-httpapi-ratelimit-headers, its older forms too), and the `X-RateLimit-…` lines that
// many use instead. Whatever cannot be understood is read as if it were not there.

import { limits } from '../limits.ts';
import type { HeaderLines } from './job.ts';

export interface RateHint {
  /** Requests that may still come, and for how long that holds. */
  readonly left?: { readonly requests: number; readonly resetMs: number };
  /** What the target says it takes, requests each second. */
  readonly perSecond?: number;
}

type Left = NonNullable<RateHint['left']>;

const LINE = /^(?:x-)?rate-?limit(?:-(policy|remaining|reset)(-requests|-tokens)?)?$/;
// Years after 2001 in seconds, and in milliseconds: no count of seconds to come is so long.
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e12;

export function rateHintOf(headers: HeaderLines, now: number): RateHint | undefined {
  let left: Left | undefined;
  let perSecond: number | undefined;
  const apart = new Map<string, { remaining?: number; resetMs?: number }>();
  for (const [name, value] of headers) {
    const found = mayLimit(name) ? LINE.exec(name.toLowerCase()) : null;
    if (!found) continue;
    const [, field, kind = ''] = found;
    const pair = apart.get(kind) ?? {};
    apart.set(kind, pair);
    if (field === undefined) left = tighter(left, leftOf(value));
    else if (field === 'policy') perSecond = Math.min(perSecond ?? Infinity, policyOf(value));
    else if (field === 'remaining') pair.remaining = numberOf(value) ?? NaN;
    else pair.resetMs = resetOf(value, now) ?? NaN;
  }
  for (const { remaining = NaN, resetMs = NaN } of apart.values()) {
    left = tighter(left, leftIf(remaining, resetMs));
  }
  if (perSecond === Infinity) perSecond = undefined;
  if (left === undefined && perSecond === undefined) return undefined;
  return { ...(left && { left }), ...(perSecond !== undefined && { perSecond }) };
}

/** Nearly all lines are none of ours: their length and first letter say so. */
function mayLimit(name: string): boolean {
  const first = name.charCodeAt(0) | 0x20;
  return name.length >= 9 && (first === 0x72 || first === 0x78);
}

/** `"default";r=50;t=30, …`, or `limit=100, remaining=50, reset=30`. */
function leftOf(value: string): Left | undefined {
  const older = parameter(value, 'remaining');
  if (older !== undefined) return leftIf(older, (parameter(value, 'reset') ?? NaN) * 1_000);
  let left: Left | undefined;
  for (const member of value.split(',')) {
    const seconds = parameter(member, 't') ?? NaN;
    left = tighter(left, leftIf(parameter(member, 'r') ?? NaN, seconds * 1_000));
  }
  return left;
}

/** `"default";q=100;w=60, …`, or `100;w=60, …`; the slowest counts. */
function policyOf(value: string): number {
  let slowest = Infinity;
  for (const member of value.split(',')) {
    const quota = parameter(member, 'q') ?? numberOf(member.split(';')[0] as string);
    const seconds = parameter(member, 'w');
    if (quota && seconds) slowest = Math.min(slowest, quota / seconds);
  }
  return slowest;
}

function parameter(text: string, name: string): number | undefined {
  const found = new RegExp(`(?:^|[;,\\s])${name}=(\\d{1,15})(?![\\w.])`).exec(text);
  return found ? Number(found[1]) : undefined;
}

function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  return /^\d{1,15}(\.\d{1,9})?$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** Seconds to come, an instant (in seconds or milliseconds since 1970), or `6m5s`. */
function resetOf(text: string, now: number): number | undefined {
  const number = numberOf(text);
  if (number === undefined) return durationOf(text.trim());
  if (number >= EPOCH_MS) return number - now;
  return number >= EPOCH_SECONDS ? number * 1_000 - now : number * 1_000;
}

const DURATION = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6}(?:\.\d{1,9})?)s)?(?:(\d{1,9})ms)?$/;

/** `6m5s`, `20ms`. */
function durationOf(text: string): number | undefined {
  const found = DURATION.exec(text);
  if (!found || text === '') return undefined;
  const [hours, minutes, seconds, ms] = found.slice(1).map((part) => Number(part ?? 0));
  return ((hours! * 60 + minutes!) * 60 + seconds!) * 1_000 + ms!;
}

function leftIf(requests: number, resetMs: number): Left | undefined {
  if (Number.isNaN(requests) || Number.isNaN(resetMs)) return undefined;
  return { requests, resetMs: Math.min(Math.max(0, resetMs), limits.retryAfterMs) };
}

/** Of several limits, the one that is met first; of those that are used up, the last to end. */
function tighter(one: Left | undefined, other: Left | undefined): Left | undefined {
  if (!one || !other) return one ?? other;
  if (one.requests !== other.requests) return one.requests < other.requests ? one : other;
  return one.resetMs >= other.resetMs ? one : other;
}
