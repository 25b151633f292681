// How far apart retries are, as a policy or one of its rules says it.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parseDuration } from './duration.ts';
import type { Backoff } from './job.ts';
import { parseExpression } from './retry-expression.ts';
import { shown } from './shown.ts';
import { checkText } from './text.ts';

export const BACKOFF_FIELDS = ['backoff', 'base', 'factor', 'cap', 'delays', 'expression'] as const;

const FACTOR_MOST = 1_000;

interface Place {
  /** Names the object in messages. */
  readonly path: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws SendoffError `invalid_field`, `number_out_of_range`, `invalid_duration` */
export function checkBackoff(fields: Fields, place: Place): Backoff {
  const { path } = place;
  if (fields.delays !== undefined) {
    const others = ['backoff', 'base', 'factor', 'cap', 'expression'];
    refuseBeside(fields, { given: 'delays', others, path });
    return { kind: 'list', delaysMs: checkDelays(fields.delays, `${path}.delays`) };
  }
  if (fields.expression !== undefined) {
    refuseBeside(fields, { given: 'expression', others: ['backoff', 'base', 'factor'], path });
    return checkExpression(fields, place);
  }
  const kind = fields.backoff ?? 'exponential';
  if (kind === 'exponential') return checkExponential(fields, place);
  if (kind === 'fixed') {
    refuseBeside(fields, { given: 'backoff: fixed', others: ['factor', 'cap'], path });
    const delayMs = checkDelay(fields.base, `${path}.base`) ?? limits.backoffBaseMs;
    return { kind: 'fixed', delayMs };
  }
  const wanted = 'exponential or fixed';
  throw invalid(`${path}.backoff`, `to be ${wanted}, got ${shown(kind)}`);
}

function checkExpression(fields: Fields, { path }: Place): Backoff {
  const text = checkText(fields.expression, `${path}.expression`);
  parseExpression(text, `${path}.expression`);
  const capMs = checkDelay(fields.cap, `${path}.cap`) ?? limits.delayMs;
  return { kind: 'expression', text, capMs };
}

function checkExponential(fields: Fields, { path }: Place): Backoff {
  const baseMs = checkDelay(fields.base, `${path}.base`) ?? limits.backoffBaseMs;
  const capMs = checkDelay(fields.cap, `${path}.cap`) ?? Math.max(limits.backoffCapMs, baseMs);
  if (capMs < baseMs) {
    const wanted = `\`${path}.base\` (${baseMs} ms) or more`;
    throw invalid(`${path}.cap`, `to be ${wanted}, got ${shown(fields.cap)}`);
  }
  const factor = checkFactor(fields.factor, `${path}.factor`);
  return { kind: 'exponential', baseMs, factor, capMs };
}

function checkFactor(value: unknown, field: string): number {
  if (value === undefined) return limits.backoffFactor;
  if (typeof value === 'number' && value >= 1 && value <= FACTOR_MOST) return value;
  throw new SendoffError(
    typeof value === 'number' ? 'number_out_of_range' : 'invalid_field',
    `Expected \`${field}\` to be a number from 1 to ${FACTOR_MOST}, got ${shown(value)}`,
    { field },
  );
}

function checkDelays(value: unknown, field: string): number[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > limits.backoffList) {
    throw invalid(field, `to be 1 to ${limits.backoffList} delays, got ${shown(value)}`);
  }
  return value.map((delay: unknown, index) => {
    return parseDuration(delay, { field: `${field}[${index}]`, mostMs: limits.delayMs });
  });
}

function checkDelay(value: unknown, field: string): number | undefined {
  if (value === undefined) return undefined;
  return parseDuration(value, { field, leastMs: 1, mostMs: limits.delayMs });
}

function refuseBeside(
  fields: Fields,
  beside: { readonly given: string; readonly others: readonly string[]; readonly path: string },
): void {
  const { given, others, path } = beside;
  for (const other of others) {
    if (fields[other] === undefined) continue;
    const why = `which has no meaning with \`${given}\``;
    const message = `Expected \`${path}\` without \`${other}\`, ${why}`;
    throw new SendoffError('invalid_field', message, { field: `${path}.${other}` });
  }
}

function invalid(field: string, message: string): SendoffError {
  return new SendoffError('invalid_field', `Expected \`${field}\` ${message}`, { field });
}
