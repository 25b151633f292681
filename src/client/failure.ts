// What can go wrong on the way to a server, as SendoffErrors; and whether the same call may go out
// again.

import type { ErrorCode } from '../errors.ts';
import { SendoffError } from '../errors.ts';
import type { Address } from './address.ts';

/** Nothing of the request can have reached the server. */
const unsentCodes: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOENT', 'EACCES', 'EPERM', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
  ...['ENETUNREACH', 'ENOTSOCK', 'UND_ERR_CONNECT_TIMEOUT'],
]);

/**
 * A broken connection. `isUnsent`: it never came about, so even a call that is no repetition may
 * follow.
 */
export class Unreachable extends SendoffError {
  readonly isUnsent: boolean;

  constructor(address: Address, cause: unknown) {
    const code = systemCode(cause);
    super('unreachable', sentence(address, code, cause), { cause });
    this.isUnsent = unsentCodes.has(code);
  }
}

function systemCode(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

function sentence(address: Address, code: string, cause: unknown): string {
  if (code === 'EACCES' || code === 'EPERM') return `Not allowed to open ${address.name} (${code})`;
  if (unsentCodes.has(code)) return `No sendoff server at ${address.name} (${code})`;
  const why = cause instanceof Error ? cause.message : String(cause);
  return `The connection to ${address.name} broke: ${why}`;
}

/**
 * The server's own refusal (RFC 9457), or a sentence about an answer that no sendoff server gives.
 */
export function refusalOf(
  answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly text: string;
  },
  address: Address,
): SendoffError {
  const problem = problemOf(answer.text);
  if (problem === undefined) {
    const what = `${answer.status} and no problem details`;
    const message = `${address.name} answered ${what}: is it a sendoff server?`;
    return new SendoffError('unreachable', message);
  }
  const retryAfter = Number(answer.headers['retry-after']);
  return new SendoffError(problem.code, problem.detail ?? problem.code, {
    ...(problem.field === undefined ? {} : { field: problem.field }),
    ...(problem.index === undefined ? {} : { index: problem.index }),
    ...(problem.job === undefined ? {} : { jobId: problem.job }),
    ...(problem.scope === undefined ? {} : { scope: problem.scope }),
    ...(Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter * 1_000 } : {}),
  });
}

interface ProblemDetails {
  readonly code: ErrorCode;
  readonly detail?: string;
  readonly field?: string;
  readonly index?: number;
  readonly job?: string;
  readonly scope?: string;
}

function problemOf(text: string): ProblemDetails | undefined {
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem !== 'object' || problem === null || !('code' in problem)) return undefined;
    return typeof problem.code === 'string' ? (problem as ProblemDetails) : undefined;
  } catch {
    return undefined;
  }
}
