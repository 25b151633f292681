// `retries` and `retry` of a job: how often to try again, and how far apart.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parseDuration } from './duration.ts';
import type { Backoff, RetryPolicy } from './job.ts';
import { checkFields } from './known-field.ts';
import { shown } from './shown.ts';
import { checkWhole } from './text.ts';

const DEFAULT_BACKOFF: Backoff = {
  kind: 'exponential',
  baseMs: limits.backoffBaseMs,
  factor: limits.backoffFactor,
  capMs: limits.backoffCapMs,
};
const DEFAULT_POLICY: RetryPolicy = { limit: limits.retries, backoff: DEFAULT_BACKOFF };
const FACTOR_MOST = 1_000;

/** Fields of `retry`. */
export const RETRY_FIELDS: ReadonlySet<string> = new Set([
  'limit',
  'backoff',
  'base',
  'factor',
  'cap',
  'delays',
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
    return { limit: checkLimit(retries, 'retries'), backoff: DEFAULT_BACKOFF };
  }
  if (retries !== undefined) {
    throw contradiction('retries', 'Expected `retries` or `retry`, got both');
  }
  const fields = checkFields(retry, RETRY_FIELDS, 'retry');
  const limit =
    fields.limit === undefined ? limits.retries : checkLimit(fields.limit, 'retry.limit');
  return { limit, backoff: checkBackoff(fields) };
}

function checkLimit(value: unknown, field: string): number {
  return checkWhole(value, { field, least: 0, most: limits.retriesMost });
}

function checkBackoff(fields: Record<string, unknown>): Backoff {
  if (fields.delays !== undefined) {
    refuseBeside(fields, 'delays', ['backoff', 'base', 'factor', 'cap']);
    return { kind: 'list', delaysMs: checkDelays(fields.delays) };
  }
  const kind = fields.backoff ?? 'exponential';
  if (kind === 'exponential') return checkExponential(fields);
  if (kind === 'fixed') {
    refuseBeside(fields, 'backoff: fixed', ['factor', 'cap']);
    return {
      kind: 'fixed',
      delayMs: checkDelay(fields.base, 'retry.base', 1) ?? limits.backoffBaseMs,
    };
  }
  const message = `Expected \`retry.backoff\` to be exponential or fixed, got ${shown(kind)}`;
  throw contradiction('retry.backoff', message);
}

function checkExponential(fields: Record<string, unknown>): Backoff {
  const baseMs = checkDelay(fields.base, 'retry.base', 1) ?? limits.backoffBaseMs;
  const capMs = checkDelay(fields.cap, 'retry.cap', 1) ?? Math.max(limits.backoffCapMs, baseMs);
  if (capMs < baseMs) {
    const wanted = `\`retry.base\` (${baseMs} ms) or more`;
    const message = `Expected \`retry.cap\` to be ${wanted}, got ${shown(fields.cap)}`;
    throw contradiction('retry.cap', message);
  }
  return { kind: 'exponential', baseMs, factor: checkFactor(fields.factor), capMs };
}

function checkFactor(value: unknown): number {
  if (value === undefined) return limits.backoffFactor;
  if (typeof value === 'number' && value >= 1 && value <= FACTOR_MOST) return value;
  throw new SendoffError(
    typeof value === 'number' ? 'number_out_of_range' : 'invalid_field',
    `Expected \`retry.factor\` to be a number from 1 to ${FACTOR_MOST}, got ${shown(value)}`,
    { field: 'retry.factor' },
  );
}

function checkDelays(value: unknown): number[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > limits.backoffList) {
    const wanted = `1 to ${limits.backoffList} delays`;
    throw contradiction(
      'retry.delays',
      `Expected \`retry.delays\` to be ${wanted}, got ${shown(value)}`,
    );
  }
  return value.map((delay: unknown, index) => {
    const field = `retry.delays[${index}]`;
    return parseDuration(delay, { field, mostMs: limits.delayMs });
  });
}

function checkDelay(value: unknown, field: string, leastMs: number): number | undefined {
  if (value === undefined) return undefined;
  return parseDuration(value, { field, leastMs, mostMs: limits.delayMs });
}

function refuseBeside(
  fields: Record<string, unknown>,
  given: string,
  others: readonly string[],
): void {
  for (const other of others) {
    if (fields[other] === undefined) continue;
    const why = `which has no meaning with \`${given}\``;
    throw contradiction(`retry.${other}`, `Expected \`retry\` without \`${other}\`, ${why}`);
  }
}

function contradiction(field: string, message: string): SendoffError {
  return new SendoffError('invalid_field', message, { field });
}
