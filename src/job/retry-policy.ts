// `retries` and `retry` of a job: how often to try again, after what, and how far apart.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { USUAL } from './backoff.ts';
import { BACKOFF_FIELDS, checkBackoff } from './check-backoff.ts';
import { parseDuration } from './duration.ts';
import type { RetryPolicy } from './job.ts';
import { checkFields } from './known-field.ts';
import { checkLimit, checkRules } from './retry-rule.ts';

const DEFAULT_POLICY: RetryPolicy = { limit: limits.retries, backoff: USUAL };

/** Fields of `retry`. */
export const RETRY_FIELDS: ReadonlySet<string> = new Set([
  'limit',
  ...BACKOFF_FIELDS,
  'within',
  'rules',
]);

/**
 * The policy of a job; the default where nothing is said.
 *
 * @throws SendoffError `invalid_field`, `unknown_field`, `number_out_of_range`, `invalid_duration`
 */
export function checkRetry(input: {
  readonly retries: unknown;
  readonly retry: unknown;
}): RetryPolicy {
  const { retries, retry } = input;
  if (retry === undefined) {
    if (retries === undefined) return DEFAULT_POLICY;
    return { limit: checkLimit(retries, 'retries'), backoff: USUAL };
  }
  if (retries !== undefined) {
    const message = 'Expected `retries` or `retry`, got both';
    throw new SendoffError('invalid_field', message, { field: 'retries' });
  }
  const fields = checkFields(retry, RETRY_FIELDS, 'retry');
  const { limit, within, rules } = fields;
  return {
    limit: limit === undefined ? limits.retries : checkLimit(limit, 'retry.limit'),
    backoff: checkBackoff(fields, { path: 'retry' }),
    ...(within !== undefined && { withinMs: checkWithin(within) }),
    ...(rules !== undefined && { rules: checkRules(rules, 'retry.rules') }),
  };
}

function checkWithin(within: unknown): number {
  return parseDuration(within, { field: 'retry.within', leastMs: 1 });
}
