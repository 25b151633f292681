// `Prefer: wait=N` (RFC 7240): the caller would rather wait up to N seconds for the target's own
// answer than get a receipt at once. Preferences that make no sense are ignored, as the standard
// says; the first `wait` counts; more than we offer is cut down to what we offer.

import { limits } from '../limits.ts';

/** Seconds to wait, or undefined. */
export function waitSeconds(prefer: string | undefined): number | undefined {
  if (prefer === undefined) return undefined;
  for (const preference of prefer.split(',')) {
    const [name, value] = (preference.split(';', 1)[0] as string).split('=', 2);
    if (name?.trim().toLowerCase() !== 'wait') continue;
    const digits = /^\s*"?([0-9]{1,15})"?\s*$/.exec(value ?? '')?.[1];
    return digits === undefined ? undefined : Math.min(Number(digits), limits.waitMs / 1_000);
  }
  return undefined;
}
