// What one attempt came to. A status is judged by whether another try could change it: 5xx, 408,
// 425 and 429 speak of the moment, every other refusal speaks of the request. No answer speaks of
// the moment too. So it is unless the caller's rules or the target itself say otherwise: a target's
// `never` comes first, then the rules, then a target's `after`. A success is a success for all.

import type { Exit, Response, RetryRule } from './job.ts';
import type { Outcome } from './outcome.ts';
import { retryAfterAt } from './retry-after.ts';
import { type RetryHint, retryHint } from './retry-hint.ts';
import { ruleFor } from './retry-rule.ts';
import { printable } from './shown.ts';

export interface Judgement {
  readonly result: 'success' | 'retry' | 'reject';
  /** The target asked not to be tried before this instant; only with `retry`. */
  readonly notBeforeAt?: number;
  /** And it spoke of all that its queue holds. */
  readonly holdUntilAt?: number;
  /** The caller's rule that decided. */
  readonly rule?: RetryRule;
  /** HTTP status, if one came. */
  readonly status?: number;
  /** `status`, `redirect`, or the code of the error. */
  readonly error?: string;
  /** One sentence for people. */
  readonly detail?: string;
  /** At least one byte of the request went out. */
  readonly isSent: boolean;
}

const RETRIED_BELOW_500: ReadonlySet<number> = new Set([408, 425, 429]);
/** Not Implemented and HTTP Version Not Supported will be the same tomorrow. */
const REJECTED_FROM_500: ReadonlySet<number> = new Set([501, 505]);
const LOCATION_CHARACTERS = 200;

export function judge(outcome: Outcome, now: number, rules: readonly RetryRule[] = []): Judgement {
  const usual = judgeAlone(outcome);
  if (usual.result === 'success') return usual;
  const rule = rules.length === 0 ? undefined : ruleFor(rules, usual);
  const ruled = rule === undefined ? usual : { ...usual, result: resultOf(rule), rule };
  return outcome.kind === 'error'
    ? ruled
    : heeded(ruled, { usual, response: outcome.response, now });
}

function resultOf(rule: RetryRule): Judgement['result'] {
  return rule.do === 'retry' ? 'retry' : 'reject';
}

interface Answered {
  readonly usual: Judgement;
  readonly response: Response;
  readonly now: number;
}

/** What the target says about another try. */
function heeded(ruled: Judgement, { usual, response, now }: Answered): Judgement {
  const hint = retryHint(headerValue(response, 'sendoff-retry'), now);
  const judged = hint === undefined ? ruled : hinted(ruled, hint);
  const isPatient = usual.result === 'retry' || judged.result === 'retry';
  const holdUntilAt = isPatient
    ? retryAfterAt(headerValue(response, 'retry-after'), now)
    : undefined;
  const waits = [holdUntilAt, hint?.kind === 'after' ? hint.at : undefined];
  const known = waits.filter((at) => at !== undefined);
  return {
    ...judged,
    ...(holdUntilAt !== undefined && { holdUntilAt }),
    ...(judged.result === 'retry' && known.length > 0 && { notBeforeAt: Math.max(...known) }),
  };
}

function hinted(ruled: Judgement, hint: RetryHint): Judgement {
  if (hint.kind === 'after')
    return ruled.rule === undefined ? { ...ruled, result: 'retry' } : ruled;
  const { rule: _, ...judgement } = ruled;
  const detail = alsoSaying(ruled.detail, 'it asked for no further try');
  return { ...judgement, result: 'reject', detail };
}

/** One sentence out of two. */
export function alsoSaying(detail: string | undefined, more: string): string {
  if (detail === undefined) return more;
  return `${detail.replace(/\.$/, '')}; ${more.charAt(0).toLowerCase()}${more.slice(1)}`;
}

function judgeAlone(outcome: Outcome): Judgement {
  if (outcome.kind === 'error') {
    const { error, detail, isSent } = outcome;
    return { result: outcome.isFinal ? 'reject' : 'retry', error, detail, isSent };
  }
  const { response, detail } = outcome;
  const { status, exit } = response;
  if (exit !== undefined) return judgeExit(exit, outcome);
  if (status >= 200 && status <= 299) {
    return {
      ...{ result: 'success', status, isSent: true },
      ...(outcome.error !== undefined && { error: outcome.error }),
      ...(detail !== undefined && { detail }),
    };
  }
  if (!isRetried(status) && status >= 300 && status <= 399) return redirected(response);
  return {
    result: isRetried(status) ? 'retry' : 'reject',
    status,
    error: 'status',
    detail: detail === undefined ? answered(status) : alsoSaying(answered(status), detail),
    isSent: true,
  };
}

/** Exit code 0 is success; whether anything else is worth another try is the caller's to say. */
function judgeExit(exit: Exit, outcome: Extract<Outcome, { kind: 'response' }>): Judgement {
  const { response, detail, error } = outcome;
  const { status } = response;
  if (exit.code === 0 && error === undefined) {
    return { result: 'success', status, isSent: true, ...(detail !== undefined && { detail }) };
  }
  const code = error ?? (exit.signal === null ? 'exit_code' : 'signal');
  return { result: 'retry', status, error: code, detail: detail ?? ended(exit), isSent: true };
}

function ended({ code, signal }: Exit): string {
  return signal === null ? `The command ended with exit code ${code}.` : `${signal} ended it.`;
}

function isRetried(status: number): boolean {
  if (status >= 500 && status <= 599) return !REJECTED_FROM_500.has(status);
  return RETRIED_BELOW_500.has(status);
}

/** Redirects are not followed. The query of the location stays out: it may carry secrets. */
function redirected(response: Response): Judgement {
  const { status } = response;
  const location = headerValue(response, 'location')?.replace(/[?#].*$/s, '?…');
  const where = location === undefined ? '' : ` to ${printable(location, LOCATION_CHARACTERS)}`;
  const detail = `The target answered ${status}${where}; redirects are not followed.`;
  return { result: 'reject', status, error: 'redirect', detail, isSent: true };
}

function answered(status: number): string {
  return `The target answered ${status}.`;
}

/** Several lines of one name are one value with commas (RFC 9110 §5.3). */
function headerValue(response: Response, name: string): string | undefined {
  let value: string | undefined;
  for (const [lineName, lineValue] of response.headers) {
    if (lineName.toLowerCase() !== name) continue;
    value = value === undefined ? lineValue : `${value}, ${lineValue}`;
  }
  return value;
}
