// The door's check of one job: every field understood, bounded and canonical, or one clear refusal.
// The checks are written by hand: each field has codes and words of its own, and most are
// conversions that a schema could only come on top of. The schema for readers is in
// `job-schema.ts`; a test compares the fields.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CheckedJob } from './checked.ts';
import { DELIVERY_FIELDS } from './delivery-fields.ts';
import { parseDuration } from './duration.ts';
import { checkHeaders, checkMethod } from './header.ts';
import { checkId } from './id.ts';
import { parseInstant } from './instant.ts';
import type { HeaderLines, Priority, Spec } from './job.ts';
import { checkFields, isPlainObject } from './known-field.ts';
import { checkRetry } from './retry-policy.ts';
import { shown } from './shown.ts';
import { checkUrl, defaultQueue } from './target-url.ts';
import { checkKey, checkName, checkWhole } from './text.ts';
import { takeTraceContext } from './trace-context.ts';

export interface JobContext {
  /** The present, milliseconds since 1970. */
  readonly now: number;
  /** A body comes with the job; without `method` it is then a POST. */
  readonly hasBody: boolean;
}

/** Every field that `checkJob` knows; doors take body fields out before. */
export const JOB_FIELDS: ReadonlySet<string> = new Set([
  'url',
  'method',
  'headers',
  ...DELIVERY_FIELDS,
]);

const DEFAULT_PRIORITY: Priority = 2;

/**
 * Understands one job. Fields that are undefined count as absent; null does not.
 *
 * @throws SendoffError with the field: `invalid_json_type`, `unknown_field`, `invalid_field`,
 *   `invalid_text`, `number_out_of_range`, `invalid_duration`, `delay_too_long`, `invalid_instant`,
 *   `invalid_id`, `invalid_method`, the codes of URLs (`checkUrl`) and of headers (`checkHeaders`)
 */
export function checkJob(input: unknown, context: JobContext): CheckedJob {
  const fields = checkFields(input, JOB_FIELDS, '');
  const url = checkUrl(fields.url);
  const times = checkTimes(fields, context.now);
  const id = fields.id === undefined ? undefined : checkId(fields.id);
  const key = fields.key === undefined ? undefined : checkKey(fields.key);
  const queue = fields.queue === undefined ? defaultQueue(url) : checkName(fields.queue, 'queue');
  return {
    ...(id !== undefined && { id }),
    ...(key !== undefined && { key }),
    queue,
    priority: checkPriority(fields.priority),
    runAt: times.runAt,
    expiresAt: times.deadlineAt,
    spec: checkSpec(fields, { context, url, times, key }),
  };
}

interface Times {
  readonly runAt: number;
  readonly deadlineAt: number;
  readonly startByAt: number | undefined;
}

interface SpecParts {
  readonly context: JobContext;
  readonly url: URL;
  readonly times: Times;
  readonly key: string | undefined;
}

function checkSpec(fields: Record<string, unknown>, parts: SpecParts): Spec {
  const { method, timeout, retries, retry } = fields;
  const trace = takeTraceContext(headerLines(fields.headers));
  const tags = checkTags(fields.tags);
  const { startByAt } = parts.times;
  const { traceparent, tracestate } = trace;
  return {
    target: {
      kind: 'http',
      method: method === undefined ? defaultMethod(parts.context) : checkMethod(method),
      url: parts.url.href,
      headers: trace.headers,
    },
    retry: checkRetry({ retries, retry }),
    timeoutMs: checkSpan(timeout, 'timeout', limits.attemptMs),
    ...(startByAt !== undefined && { startByAt }),
    ...(parts.key !== undefined && { key: parts.key }),
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
    ...(tags !== undefined && { tags }),
  };
}

function defaultMethod(context: JobContext): string {
  return context.hasBody ? 'POST' : 'GET';
}

function checkTimes(fields: Record<string, unknown>, now: number): Times {
  const { at, delay, startBy } = fields;
  if (at !== undefined && delay !== undefined) {
    throw invalid('at', 'Expected `delay` or `at`, got both');
  }
  const runAt = delay === undefined ? runAtOf(at, now) : now + checkDelay(delay);
  const startByAt =
    startBy === undefined ? undefined : parseInstant(startBy, { field: 'startBy', now });
  if (startByAt !== undefined && at !== undefined && startByAt < runAt) {
    throw invalid(
      'startBy',
      'Expected `startBy` to be no earlier than `at`, or the job can never begin',
    );
  }
  const deadlineMs = checkSpan(fields.deadline, 'deadline', limits.deadlineMs);
  return { runAt, deadlineAt: runAt + deadlineMs, startByAt };
}

/** An instant in the past is now. */
function runAtOf(at: unknown, now: number): number {
  return at === undefined ? now : Math.max(now, parseInstant(at, { field: 'at', now }));
}

function checkDelay(value: unknown): number {
  return parseDuration(value, {
    field: 'delay',
    mostMs: limits.delayMs,
    tooLong: 'delay_too_long',
  });
}

function checkSpan(value: unknown, field: string, defaultMs: number): number {
  return value === undefined ? defaultMs : parseDuration(value, { field, leastMs: 1 });
}

function checkPriority(value: unknown): Priority {
  if (value === undefined) return DEFAULT_PRIORITY;
  return checkWhole(value, { field: 'priority', least: 0, most: 3 }) as Priority;
}

function checkTags(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > limits.tags) {
    throw invalid(
      'tags',
      `Expected \`tags\` to be at most ${limits.tags} names, got ${shown(value)}`,
    );
  }
  if (value.length === 0) return undefined;
  return value.map((tag: unknown, index) => checkName(tag, `tags[${index}]`));
}

/** A record of names with a value or several, or any list of pairs. */
function headerLines(value: unknown): HeaderLines {
  if (value === undefined) return [];
  if (isIterable(value)) return checkHeaders(pairsOf(value));
  if (isPlainObject(value)) return checkHeaders(linesOf(value));
  throw invalid(
    'headers',
    `Expected \`headers\` to be an object or a list of pairs, got ${shown(value)}`,
  );
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function* pairsOf(list: Iterable<unknown>): Iterable<[string, unknown]> {
  for (const pair of list) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw invalid('headers', 'Expected each item of `headers` to be a pair of name and value');
    }
    yield pair as [string, unknown];
  }
}

function* linesOf(record: Record<string, unknown>): Iterable<[string, unknown]> {
  for (const name of Object.keys(record)) {
    const value = record[name];
    if (Array.isArray(value)) for (const one of value) yield [name, one];
    else if (value !== undefined) yield [name, value];
  }
}

function invalid(field: string, message: string): SendoffError {
  return new SendoffError('invalid_field', message, { field });
}
