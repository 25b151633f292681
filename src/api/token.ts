// The token that callers show: `Authorization: Bearer …`, or `Sendoff-Token: …` when the target
// needs `Authorization` itself. Digests are compared, in constant time; we never hold the token. A
// wrong token costs its address: after some failures within a second the rest are told to come back
// later, without touching callers who have the right one.

import { hash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Head } from './head.ts';
import { RefusedError } from './problem.ts';
import type { Token } from './token-lines.ts';

const WINDOW_MS = 1_000;

export interface TokenDoor {
  readonly tokens: readonly Token[];
  readonly clock: Clock;
  readonly failures: Map<string, Failures>;
}

interface Failures {
  count: number;
  untilAt: number;
}

export function createTokenDoor(tokens: readonly Token[], clock: Clock): TokenDoor {
  return { tokens, clock, failures: new Map() };
}

/**
 * The name of the token that is shown.
 * @throws SendoffError `unauthorized`, `too_many_failures`
 */
export function checkToken(door: TokenDoor, head: Head, address: string): string {
  const token = shownToken(head);
  const name = token === undefined ? undefined : nameOf(door, token);
  if (name !== undefined) return name;
  countFailure(door, address);
  const detail = token === undefined ? 'Expected a token, got none' : 'The token is not right';
  const headers = { 'www-authenticate': 'Bearer realm="sendoff"' };
  throw new RefusedError('unauthorized', `${detail}: send \`Authorization: Bearer …\``, {
    headers,
  });
}

/** Whether the caller tried to show a token at all. */
export function showsToken(head: Head): boolean {
  return head.token !== undefined || head.authorization !== undefined;
}

function shownToken(head: Head): string | undefined {
  if (head.repeated?.some((name) => name === 'authorization' || name === 'sendoff-token')) return;
  if (head.token !== undefined) return head.token;
  return /^bearer +([^ ]+) *$/i.exec(head.authorization ?? '')?.[1];
}

/** Looks at every token, so that the time it takes tells nothing. */
function nameOf({ tokens }: TokenDoor, shown: string): string | undefined {
  const digest = hash('sha256', shown, 'buffer');
  let name: string | undefined;
  for (const token of tokens) if (timingSafeEqual(digest, token.hash)) name = token.name;
  return name;
}

function countFailure({ failures, clock }: TokenDoor, address: string): void {
  const now = clock.now();
  const known = failures.get(address);
  const entry = known && known.untilAt > now ? known : { count: 0, untilAt: now + WINDOW_MS };
  entry.count += 1;
  // Set anew, so that the map is ordered by the last failure and the oldest address goes first.
  failures.delete(address);
  failures.set(address, entry);
  if (failures.size > limits.tokenFailureAddresses) {
    failures.delete(failures.keys().next().value as string);
  }
  if (entry.count > limits.tokenFailures) {
    const detail = `More than ${limits.tokenFailures} wrong tokens within a second from ${address}`;
    throw new SendoffError('too_many_failures', detail, { retryAfterMs: WINDOW_MS });
  }
}
