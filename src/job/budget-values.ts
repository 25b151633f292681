// What a queue or a limit may be told: how much at once, how much per time, in which order. The
// same words in a job, in the operator's file, over HTTP and on disk.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parseDuration } from './duration.ts';
import { checkFields } from './known-field.ts';
import { shown } from './shown.ts';
import { checkName, checkWhole } from './text.ts';

/** Of a named limit. */
export interface LimitValues {
  /** Attempts under way at once. */
  readonly concurrency?: number;
  /** Attempts that may begin per time: `7/s`, `100/5m`, `1000/7d`. */
  readonly rate?: string;
  /** Attempts that may begin at once after a rest. @default 1: they are paced evenly */
  readonly burst?: number;
}

/** `strict`: one after the other, in the order in which they were stored. */
export type Order = 'none' | 'strict';

/**
 * What a failing head of an ordered queue does to those behind it. `block`: they wait until it has
 * settled. `skip`: they pass while it waits for its retry. `park`: as `block`, and when it fails
 * for good the queue is paused.
 */
export type OnFailure = 'block' | 'skip' | 'park';

export interface QueueValues extends LimitValues {
  /** @default 'none' */
  readonly order?: Order;
  /** @default 'block' */
  readonly onFailure?: OnFailure;
}

/** Values to be set; null takes one away. */
export type BudgetChange<Values = QueueValues> = {
  readonly [Field in keyof Values]?: Values[Field] | null;
} & {
  /** true: jobs cannot change these values any more; false: they can again. */
  readonly pin?: boolean;
};

export interface Rate {
  readonly count: number;
  readonly periodMs: number;
}

const LIMIT_FIELDS = ['concurrency', 'rate', 'burst'] as const;
const LIMIT_VALUES: ReadonlySet<string> = new Set(LIMIT_FIELDS);
const QUEUE_VALUES: ReadonlySet<string> = new Set([...LIMIT_FIELDS, 'order', 'onFailure']);
const ORDERS: readonly Order[] = ['none', 'strict'];
const ON_FAILURE: readonly OnFailure[] = ['block', 'skip', 'park'];
const RATE = /^(\d{1,9})\/(\d*(?:ms|[smhdw]))$/;

/**
 * @throws SendoffError `unknown_field`, `invalid_field`, `number_out_of_range`, `invalid_duration`
 */
export function checkQueueValues(value: unknown, path: string): QueueValues {
  return queueValues(checkFields(value, QUEUE_VALUES, path), path);
}

/** @throws SendoffError as `checkQueueValues` */
export function checkLimitValues(value: unknown, path: string): LimitValues {
  return limitValues(checkFields(value, LIMIT_VALUES, path), path);
}

/** A name alone, or a name and what is said of it. */
export interface Named<Values> {
  readonly name: string;
  /** Undefined: nothing is said. */
  readonly values: Values | undefined;
}

const NAMED_QUEUE: ReadonlySet<string> = new Set(['name', ...QUEUE_VALUES]);
const NAMED_LIMIT: ReadonlySet<string> = new Set(['key', ...LIMIT_VALUES]);

/** The option `queue` of a job; of an object without `name` the job's own default is meant. */
export function checkQueueOption(value: unknown, defaultName: string): Named<QueueValues> {
  if (typeof value !== 'object') return { name: checkName(value, 'queue'), values: undefined };
  const { name = defaultName, ...said } = checkFields(value, NAMED_QUEUE, 'queue');
  return { name: checkName(name, 'queue.name'), values: someOf(queueValues(said, 'queue')) };
}

/** The option `limit` of a job. */
export function checkLimitOption(value: unknown): Named<LimitValues> {
  if (typeof value !== 'object') return { name: checkName(value, 'limit'), values: undefined };
  const { key, ...said } = checkFields(value, NAMED_LIMIT, 'limit');
  return { name: checkName(key, 'limit.key'), values: someOf(limitValues(said, 'limit')) };
}

/** `rate` understood. @throws SendoffError `invalid_field`, `invalid_duration` */
export function parseRate(value: unknown, field: string): Rate {
  const match = typeof value === 'string' ? RATE.exec(value) : null;
  const count = Number(match?.[1]);
  if (match === null || count < 1) {
    const wanted = 'a number per time such as `7/s`, `100/5m` or `1000/7d`';
    const message = `Expected \`${field}\` to be ${wanted}, got ${shown(value)}`;
    throw new SendoffError('invalid_field', message, { field });
  }
  const period = match[2] as string;
  const text = /^\d/.test(period) ? period : `1${period}`;
  const bounds = { field, leastMs: limits.ratePeriodLeastMs, mostMs: limits.ratePeriodMostMs };
  return { count, periodMs: parseDuration(text, bounds) };
}

function queueValues(said: Record<string, unknown>, path: string): QueueValues {
  const { order, onFailure } = said;
  const values = {
    ...limitValues(said, path),
    ...(order !== undefined && { order: oneOf(order, ORDERS, fieldOf(path, 'order')) }),
    ...(onFailure !== undefined && {
      onFailure: oneOf(onFailure, ON_FAILURE, fieldOf(path, 'onFailure')),
    }),
  };
  const { concurrency = 1 } = values;
  if (values.order !== 'strict' || concurrency === 1) return values;
  const field = fieldOf(path, 'concurrency');
  const message = `Expected \`${field}\` to be 1 or absent with \`order: strict\``;
  throw new SendoffError('invalid_field', message, { field });
}

function limitValues(said: Record<string, unknown>, path: string): LimitValues {
  const { concurrency, rate, burst } = said;
  const most = limits.budgetMost;
  if (rate !== undefined) parseRate(rate, fieldOf(path, 'rate'));
  return {
    ...(concurrency !== undefined && {
      concurrency: checkWhole(concurrency, { field: fieldOf(path, 'concurrency'), least: 1, most }),
    }),
    ...(rate !== undefined && { rate: rate as string }),
    ...(burst !== undefined && {
      burst: checkWhole(burst, { field: fieldOf(path, 'burst'), least: 1, most }),
    }),
  };
}

/** '' is what was asked for itself. */
function fieldOf(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function oneOf<T extends string>(value: unknown, known: readonly T[], field: string): T {
  if (known.includes(value as T)) return value as T;
  const message = `Expected \`${field}\` to be ${known.join(', ')}, got ${shown(value)}`;
  throw new SendoffError('invalid_field', message, { field });
}

function someOf<T extends object>(values: T): T | undefined {
  return Object.keys(values).length > 0 ? values : undefined;
}
