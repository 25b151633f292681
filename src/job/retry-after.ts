// `Retry-After` as targets send it (RFC 9110 §10.2.3): whole seconds, or a date in one of the three
// forms that HTTP knows. Junk is no reason to fail or to wait, so it is read as if it were not
// there.

import { limits } from '../limits.ts';

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const FIXDATE = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;
const RFC850 = /^[A-Z][a-z]{5,8}, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;

/** The instant that a target asks us to wait for, between now and `limits.retryAfterMs` ahead. */
export function retryAfterAt(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  const at = /^\d+$/.test(text) ? now + Number(text) * 1_000 : httpDate(text, now);
  if (at === undefined) return undefined;
  return Math.min(Math.max(at, now), now + limits.retryAfterMs);
}

function httpDate(text: string, now: number): number | undefined {
  const fix = FIXDATE.exec(text);
  if (fix) return instant([fix[3], fix[2], fix[1], fix[4], fix[5], fix[6]]);
  const ascii = ASCTIME.exec(text);
  if (ascii) return instant([ascii[6], ascii[1], ascii[2], ascii[3], ascii[4], ascii[5]]);
  const old = RFC850.exec(text);
  if (!old) return undefined;
  const year = fullYear(Number(old[3]), now);
  return instant([String(year), old[2], old[1], old[4], old[5], old[6]]);
}

/** Of the years with these two digits, the one that is nearest; never more than 50 years ahead. */
function fullYear(twoDigits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  if (year > thisYear + 50) return year - 100;
  return year <= thisYear - 50 ? year + 100 : year;
}

/** Year, month name, day, hour, minute, second. */
function instant(parts: readonly (string | undefined)[]): number | undefined {
  const [year, monthName, day, hour, minute, second] = parts;
  const place = MONTHS.indexOf(monthName as string);
  if (place < 0 || place % 3 !== 0) return undefined;
  // A leap second (60) is legal in HTTP and rolls over into the next minute.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const midnight = new Date(0).setUTCFullYear(Number(year), place / 3, Number(day));
  if (new Date(midnight).getUTCDate() !== Number(day)) return undefined;
  return midnight + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000;
}
