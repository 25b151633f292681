// What scripts learn from us: one table from error codes to exit codes. A server has a table of its
// own, in the words of sysexits, because its callers are supervisors: try again later, or mend the
// configuration.

import { type ErrorCode, SendoffError } from '../errors.ts';

export const exitCodes = {
  done: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  notAuthorised: 4,
  conflict: 5,
  waitRanOut: 6,
  unreachable: 7,
  answeredBadly: 8,
  /** Later it may work: the port or the store is taken, the disk is full. */
  temporary: 75,
  /** It cannot work until somebody changes the configuration. */
  configuration: 78,
  interrupted: 130,
} as const;

const byExit: readonly (readonly [exitCode: number, codes: readonly ErrorCode[]])[] = [
  [exitCodes.notFound, ['not_found', 'response_pruned', 'unknown_command']],
  [
    exitCodes.notAuthorised,
    [
      ...(['unauthorized', 'too_many_failures', 'cross_site', 'host_not_allowed'] as const),
      ...(['proxy_needs_token', 'origin_not_allowed', 'runner_disabled'] as const),
      ...(['ticket_needed', 'ticket_invalid', 'ticket_expired'] as const),
    ],
  ],
  [
    exitCodes.conflict,
    [
      ...(['idempotency_mismatch', 'idempotency_in_progress', 'already_final'] as const),
      ...(['already_running', 'fixed_value'] as const),
    ],
  ],
  [exitCodes.unreachable, ['unreachable', 'owner_unresponsive']],
  [exitCodes.interrupted, ['aborted']],
  [
    exitCodes.usage,
    [
      ...(['unknown_field', 'ambiguous_url', 'url_credentials', 'url_too_long'] as const),
      ...(['scheme_not_allowed', 'header_not_allowed', 'headers_too_large'] as const),
      ...(['number_out_of_range', 'json_too_deep', 'too_many_keys', 'delay_too_long'] as const),
    ],
  ],
];

const byCode: ReadonlyMap<string, number> = new Map(
  byExit.flatMap(([exitCode, codes]) => codes.map((code) => [code, exitCode] as const)),
);

/** Every code that begins like this speaks of an argument. */
const usage = /^invalid_/;

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof SendoffError)) return exitCodes.failure;
  return byCode.get(error.code) ?? (usage.test(error.code) ? exitCodes.usage : exitCodes.failure);
}

const temporary: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['store_locked', 'storage_full', 'store_unavailable', 'owner_unresponsive'] as const),
]);

/** For a server that could not start, or stopped. */
export function serverExitCodeOf(error: unknown): number {
  if (!(error instanceof SendoffError)) return exitCodes.failure;
  if (temporary.has(error.code)) return exitCodes.temporary;
  if (error.code === 'listen_failed' && isAddressInUse(error)) return exitCodes.temporary;
  return error.code === 'internal' ? exitCodes.failure : exitCodes.configuration;
}

function isAddressInUse({ cause, message }: SendoffError): boolean {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return code === 'EADDRINUSE' || message.includes('EADDRINUSE');
}
