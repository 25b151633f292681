// Tickets: short texts that only this store can have made. One kind lets a page look at the one job
// that it handed over; the other lets it hand over one job, with the id that stands in it, so that
// using it twice is the same hand-over twice and never a second job.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { SendoffError } from '../../errors.ts';
import { checkId } from '../../job/id.ts';

export type Secret = () => Uint8Array;

/** A job of a route. */
export interface RouteJob {
  readonly route: string;
  readonly id: string;
}

/** Lets its holder look at this job; good as long as the job is kept. */
export function lookTicket(secret: Secret, { route, id }: RouteJob): string {
  return signed(secret, `look\n${route}\n${id}`);
}

/** @throws SendoffError `ticket_invalid` */
export function checkLookTicket(secret: Secret, job: RouteJob, ticket: string | undefined): void {
  if (ticket !== undefined && isSame(ticket, lookTicket(secret, job))) return;
  throw invalid('Expected `ticket` to be the one that came with this job');
}

/** Lets its holder hand over one job with this id until `expiresAt`, milliseconds since 1970. */
export function sendTicket(secret: Secret, job: RouteJob, expiresAt: number): string {
  return `${job.id}.${expiresAt}.${signed(secret, sendText(job, expiresAt))}`;
}

/**
 * The id that the job must have.
 *
 * @throws SendoffError `ticket_invalid`, `ticket_expired`
 */
export function checkSendTicket(
  secret: Secret,
  { route, ticket, now }: { readonly route: string; readonly ticket: string; readonly now: number },
): string {
  const [id, expires, signature, ...more] = ticket.split('.');
  const isWhole = signature !== undefined && more.length === 0 && /^\d{1,15}$/.test(`${expires}`);
  const expiresAt = Number(expires);
  const job = { route, id: id as string };
  if (!isWhole || !isSame(signature, signed(secret, sendText(job, expiresAt)))) {
    throw invalid('Expected `sendoff-ticket` to be a ticket for this route');
  }
  if (expiresAt < now) {
    throw new SendoffError('ticket_expired', 'The ticket has expired; ask for another one', {
      field: 'sendoff-ticket',
    });
  }
  return checkId(id);
}

function sendText({ route, id }: RouteJob, expiresAt: number): string {
  return `send\n${route}\n${id}\n${expiresAt}`;
}

function signed(secret: Secret, text: string): string {
  return createHmac('sha256', secret()).update(text).digest('base64url');
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function invalid(detail: string): SendoffError {
  return new SendoffError('ticket_invalid', detail, { field: 'ticket' });
}
