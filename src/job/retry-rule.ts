// Rules of a retry policy: what a result is that is no success. The first rule that fits decides,
// and where none fits, the result is what it always is (`result.ts`).

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { ERROR_CLASSES, ERROR_NAMES, isErrorNamed } from './attempt-error.ts';
import { BACKOFF_FIELDS, checkBackoff } from './check-backoff.ts';
import type { RetryRule } from './job.ts';
import { checkFields, nearestName } from './known-field.ts';
import { shown } from './shown.ts';
import { checkWhole } from './text.ts';

type Fields = Readonly<Record<string, unknown>>;
type Statuses = NonNullable<RetryRule['statuses']>;

/** Fields of one rule. */
export const RULE_FIELDS: ReadonlySet<string> = new Set([
  ...['status', 'error', 'sent', 'do', 'limit'],
  ...BACKOFF_FIELDS,
]);

const LEAST_STATUS = 300;
const MOST_STATUS = 599;

/** What a rule looks at. */
export interface Judged {
  readonly status?: number;
  readonly error?: string;
  readonly isSent: boolean;
}

/** The first rule that fits. */
export function ruleFor(rules: readonly RetryRule[], judged: Judged): RetryRule | undefined {
  return rules.find((rule) => fits(rule, judged));
}

function fits({ statuses, errors, isSent }: RetryRule, judged: Judged): boolean {
  const { status, error } = judged;
  if (isSent !== undefined && isSent !== judged.isSent) return false;
  if (errors !== undefined && !errors.some((name) => isErrorNamed(name, error ?? ''))) return false;
  if (statuses === undefined) return true;
  return (
    status !== undefined && statuses.some(([least, most]) => status >= least && status <= most)
  );
}

/** @throws SendoffError `invalid_field`, `unknown_field`, and as the fields of a backoff do */
export function checkRules(value: unknown, path: string): RetryRule[] {
  if (!Array.isArray(value) || value.length > limits.retryRules) {
    const wanted = `a list of at most ${limits.retryRules} rules`;
    throw invalid(path, wanted, value);
  }
  return value.map((rule: unknown, index) => checkRule(rule, `${path}[${index}]`));
}

function checkRule(value: unknown, path: string): RetryRule {
  const fields = checkFields(value, RULE_FIELDS, path);
  const { status, error, sent } = fields;
  if (status !== undefined && error !== undefined) {
    throw contradiction(`${path}.error`, path, '`status` or `error`, got both');
  }
  if (status !== undefined && sent === false) {
    throw contradiction(`${path}.sent`, path, 'no `sent: false`: an answer comes after a request');
  }
  if (sent !== undefined && typeof sent !== 'boolean') {
    throw invalid(`${path}.sent`, 'true or false', sent);
  }
  const what = checkDo(fields, path);
  const own = BACKOFF_FIELDS.some((field) => fields[field] !== undefined);
  return {
    ...(status !== undefined && { statuses: checkStatuses(status, `${path}.status`) }),
    ...(error !== undefined && { errors: checkErrors(error, `${path}.error`) }),
    ...(sent !== undefined && { isSent: sent }),
    do: what,
    ...(fields.limit !== undefined && { limit: checkLimit(fields.limit, `${path}.limit`) }),
    ...(own && { backoff: checkBackoff(fields, { path }) }),
  };
}

function checkDo(fields: Fields, path: string): RetryRule['do'] {
  const { do: what } = fields;
  if (what === 'retry') return what;
  if (what !== 'never') throw invalid(`${path}.do`, '`retry` or `never`', what);
  const idle = ['limit', ...BACKOFF_FIELDS].find((field) => fields[field] !== undefined);
  if (idle === undefined) return what;
  throw contradiction(`${path}.${idle}`, path, `no \`${idle}\` with \`do: never\``);
}

/** Tries after the first. */
export function checkLimit(value: unknown, field: string): number {
  return checkWhole(value, { field, least: 0, most: limits.retriesMost });
}

function checkStatuses(value: unknown, field: string): Statuses {
  return each(value, field, (one, place) => {
    const range = typeof one === 'number' ? [one, one] : rangeOf(one);
    const [least = Number.NaN, most = Number.NaN] = range;
    const isWhole = Number.isInteger(least) && Number.isInteger(most);
    if (isWhole && least >= LEAST_STATUS && least <= most && most <= MOST_STATUS) {
      return [least, most] as const;
    }
    const wanted = `a status from ${LEAST_STATUS} to ${MOST_STATUS} or a range such as \`500-599\``;
    throw invalid(place, `${wanted} (2xx is always a success)`, one);
  });
}

function rangeOf(value: unknown): readonly number[] {
  const found = typeof value === 'string' ? /^(\d{3})(?:-(\d{3}))?$/.exec(value) : null;
  return found === null ? [] : [Number(found[1]), Number(found[2] ?? found[1])];
}

function checkErrors(value: unknown, field: string): readonly string[] {
  return each(value, field, (one, place) => {
    if (typeof one === 'string' && ERROR_NAMES.has(one)) return one;
    const near = typeof one === 'string' ? nearestName(one, ERROR_NAMES) : undefined;
    const hint = near === undefined ? '' : `; did you mean \`${near}\`?`;
    const classes = Object.keys(ERROR_CLASSES).join(', ');
    const wanted = `an error of an attempt or a class of them (${classes})`;
    const message = `Expected \`${place}\` to be ${wanted}, got ${shown(one)}${hint}`;
    throw new SendoffError('invalid_field', message, { field: place });
  });
}

/** One, or a list of them. */
function each<Item>(
  value: unknown,
  field: string,
  check: (one: unknown, place: string) => Item,
): readonly Item[] {
  if (!Array.isArray(value)) return [check(value, field)];
  if (value.length < 1 || value.length > limits.retryRuleNames) {
    throw invalid(field, `one, or a list of 1 to ${limits.retryRuleNames}`, value);
  }
  return value.map((one: unknown, index) => check(one, `${field}[${index}]`));
}

function invalid(field: string, wanted: string, value: unknown): SendoffError {
  const message = `Expected \`${field}\` to be ${wanted}, got ${shown(value)}`;
  return new SendoffError('invalid_field', message, { field });
}

function contradiction(field: string, path: string, wanted: string): SendoffError {
  return new SendoffError('invalid_field', `Expected \`${path}\` to have ${wanted}`, { field });
}
