// Which jobs are meant, where several are: each field narrows. A filter must say something; all
// jobs are meant only by who says so.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { checkCause } from './cause.ts';
import { checkId } from './id.ts';
import { parseInstant } from './instant.ts';
import type { FailReason, State } from './job.ts';
import { checkFields } from './known-field.ts';
import { shown } from './shown.ts';
import { checkName, checkText, checkWhole } from './text.ts';

export interface JobFilter {
  /** One of these, at least one. */
  readonly states: readonly State[];
  readonly queue?: string;
  readonly tag?: string;
  /** Part of the target's URL. */
  readonly url?: string;
  readonly reason?: FailReason;
  /** Number of a cause. */
  readonly cause?: number;
  /** Of the last attempt. */
  readonly error?: string;
  /** Of the last attempt. */
  readonly status?: number;
  readonly createdAfter?: number;
  readonly createdBefore?: number;
  readonly settledAfter?: number;
  readonly settledBefore?: number;
  readonly ids?: readonly string[];
}

const STATES: readonly State[] = ['pending', 'running', 'succeeded', 'failed', 'cancelled'];

const REASONS: readonly FailReason[] = ['exhausted', 'rejected', 'expired', 'unknown', 'poison'];

type Check<Value> = (value: unknown, context: { field: string; now: number }) => Value;

/** Nothing is in every text: whoever means all jobs has to say so. */
const text: Check<string> = (value, { field }) => {
  if (value === '') throw refusal(field, `Expected \`${field}\` to be text that is not empty`);
  return checkText(value, field);
};
const reason: Check<FailReason> = (value, { field }) => {
  const known = REASONS.find((one) => one === value);
  if (known !== undefined) return known;
  throw refusal(field, `Expected \`${field}\` to be ${REASONS.join(', ')}, got ${shown(value)}`);
};
const instant: Check<number> = (value, context) => parseInstant(value, context);

const narrowing: { readonly [Name in keyof Omit<JobFilter, 'states'>]-?: Check<JobFilter[Name]> } =
  {
    queue: (value, { field }) => checkName(value, field),
    tag: (value, { field }) => checkName(value, field),
    url: text,
    reason,
    cause: (value, { field }) => checkCause(value, field),
    error: text,
    status: (value, { field }) => checkWhole(value, { field, least: 100, most: 999 }),
    createdAfter: instant,
    createdBefore: instant,
    settledAfter: instant,
    settledBefore: instant,
    ids: (value, { field }) => checkIds(value, field),
  };

const FIELDS: ReadonlySet<string> = new Set(['all', 'state', ...Object.keys(narrowing)]);

export interface FilterContext {
  readonly now: number;
  /** The states that are meant if none is named. */
  readonly states: readonly State[];
  /** The states that may be named. */
  readonly allowed: readonly State[];
}

/** @throws SendoffError with the field: `invalid_field`, `unknown_field`, and as its check */
export function checkFilter(value: unknown, { now, states, allowed }: FilterContext): JobFilter {
  const fields = checkFields(value, FIELDS, 'filter');
  const given = Object.keys(fields).filter((name) => fields[name] !== undefined);
  refuseVague(fields, given);
  const filter: Record<string, unknown> = {
    states: fields.state === undefined ? states : checkStates(fields.state, allowed),
  };
  for (const [name, check] of Object.entries(narrowing)) {
    if (fields[name] === undefined) continue;
    filter[name] = (check as Check<unknown>)(fields[name], { field: `filter.${name}`, now });
  }
  return filter as unknown as JobFilter;
}

function refuseVague({ all }: Record<string, unknown>, given: readonly string[]): void {
  if (all !== undefined && all !== true) {
    throw refusal('filter.all', `Expected \`filter.all\` to be true, got ${shown(all)}`);
  }
  if (given.length === 0) {
    const message = 'Expected `filter` to say which jobs; all of them are `{ "all": true }`';
    throw refusal('filter', message);
  }
  if (all === true && given.some((name) => name !== 'all' && name !== 'state')) {
    throw refusal('filter.all', 'Expected nothing but `state` beside `filter.all`');
  }
}

function checkStates(value: unknown, allowed: readonly State[]): readonly State[] {
  const states = Array.isArray(value) ? (value as unknown[]) : [value];
  const isState = (state: unknown): state is State => STATES.some((known) => known === state);
  const stranger = states.find((state) => !isState(state) || !allowed.includes(state));
  if (states.length > 0 && states.length <= STATES.length && stranger === undefined) {
    return [...new Set(states as State[])];
  }
  const message = `Expected \`filter.state\` to be one or some of ${allowed.join(', ')}`;
  throw refusal('filter.state', `${message}, got ${shown(stranger ?? value)}`);
}

function checkIds(value: unknown, field: string): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.length <= limits.bulkIds) {
    return [...new Set(value.map((id: unknown) => checkId(id)))];
  }
  const message = `Expected \`${field}\` to be 1 to ${limits.bulkIds} ids`;
  throw refusal(field, `${message}, got ${shown(value)}`);
}

function refusal(field: string, message: string): SendoffError {
  return new SendoffError('invalid_field', message, { field });
}
