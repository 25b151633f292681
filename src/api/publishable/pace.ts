// How fast one address may go: a virtual clock per address that each request moves on by its share
// of a minute (the generic cell rate algorithm). One number is kept for each address, whatever its
// history. Addresses are forgotten oldest first when there are too many, which costs only that such
// an address begins anew.

import type { Clock } from '../../clock.ts';
import { SendoffError } from '../../errors.ts';
import { limits } from '../../limits.ts';

const MINUTE_MS = 60_000;

export interface Pace {
  /**
   * Counts one request.
   * @throws SendoffError `rate_limited`, which counts nothing
   */
  count(who: string, perMinute: number): void;
}

/** A burst of a whole minute is let through at once, then the pace holds. */
export function createPace(clock: Clock, most: number = limits.routeAddresses): Pace {
  const nextAt = new Map<string, number>();
  return {
    count(who, perMinute) {
      const now = clock.now();
      const stepMs = MINUTE_MS / perMinute;
      const at = Math.max(nextAt.get(who) ?? now, now) + stepMs;
      // A clock that was set back must not lock anybody out for longer than a minute.
      const aheadMs = Math.min(at - now, MINUTE_MS + stepMs);
      if (aheadMs > MINUTE_MS + 1e-6) {
        const detail = `Expected at most ${perMinute} requests a minute from one address`;
        throw new SendoffError('rate_limited', detail, { retryAfterMs: aheadMs - MINUTE_MS });
      }
      nextAt.delete(who);
      nextAt.set(who, now + aheadMs);
      if (nextAt.size > most) nextAt.delete(nextAt.keys().next().value as string);
    },
  };
}

/** Whose pace it is: an address of IPv4, a network of 64 bits of IPv6, which one caller may own. */
export function paceOwner(address: string | undefined): string {
  if (address === undefined) return 'socket';
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [front = '', back] = plain.split('::');
  const head = front === '' ? [] : front.split(':');
  const tail = back === undefined || back === '' ? [] : back.split(':');
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const groups = back === undefined ? head : [...head, ...zeros, ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
