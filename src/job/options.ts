// The door's check of one job: every field understood, bounded and canonical, or one clear refusal.
// The checks are written by hand: each field has codes and words of its own, and most are
// conversions that a schema could only come on top of. The schema for readers is in
// `job-schema.ts`; a test compares the fields.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { type AttemptClocks, attemptClocks } from './attempt-clocks.ts';
import type { LimitValues, QueueValues } from './budget-values.ts';
import { checkLimitOption, checkQueueOption, type Named } from './budget-values.ts';
import type { CheckedJob, Says } from './checked.ts';
import { type CommandRules, noCommands } from './command-rules.ts';
import { COMMAND_FIELDS, commandWork, PROGRAM_FIELDS } from './command-work.ts';
import { DELIVERY_FIELDS } from './delivery-fields.ts';
import { isAtMostOnce } from './delivery-mode.ts';
import { parseDuration } from './duration.ts';
import { checkHeaders, checkMethod } from './header.ts';
import { checkId } from './id.ts';
import { parseInstant } from './instant.ts';
import type { HeaderLines, Priority, Spec } from './job.ts';
import { checkKeep } from './keep.ts';
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
  /** What may be run. @default nothing */
  readonly commands?: CommandRules;
  /** The caller may do on this machine what we may: `program` is a field. @default false */
  readonly mayRunAny?: boolean;
}

/** Every field that `checkJob` knows; doors take body fields out before. */
export const JOB_FIELDS: ReadonlySet<string> = new Set([
  'url',
  'method',
  'headers',
  ...COMMAND_FIELDS,
  ...DELIVERY_FIELDS,
]);
const COMMANDS_OWN = [...COMMAND_FIELDS, ...PROGRAM_FIELDS] as const;
const ALL_FIELDS: ReadonlySet<string> = new Set([...JOB_FIELDS, ...PROGRAM_FIELDS]);

const DEFAULT_PRIORITY: Priority = 2;

/**
 * Understands one job. Fields that are undefined count as absent; null does not.
 *
 * @throws SendoffError with the field: `invalid_json_type`, `unknown_field`, `invalid_field`,
 *   `invalid_text`, `number_out_of_range`, `invalid_duration`, `delay_too_long`, `invalid_instant`,
 *   `invalid_id`, `invalid_method`, the codes of URLs (`checkUrl`) and of headers (`checkHeaders`),
 *   `unknown_command`, `runner_disabled`
 */
export function checkJob(input: unknown, context: JobContext): CheckedJob {
  const fields = checkFields(input, context.mayRunAny ? ALL_FIELDS : JOB_FIELDS, '');
  const work = isCommand(fields)
    ? commandWork(fields, context.commands ?? noCommands)
    : httpWork(fields, context);
  const times = checkTimes(fields, context.now);
  const id = fields.id === undefined ? undefined : checkId(fields.id);
  const key = fields.key === undefined ? undefined : checkKey(fields.key);
  const queue = queueOf(fields.queue, work.queue);
  const limit = fields.limit === undefined ? undefined : checkLimitOption(fields.limit);
  const says = saysOf(queue, limit);
  return {
    ...(id !== undefined && { id }),
    ...(key !== undefined && { key }),
    queue: queue.name,
    priority: checkPriority(fields.priority),
    runAt: times.runAt,
    expiresAt: times.deadlineAt,
    spec: checkSpec(fields, { work, times, key, limit: limit?.name }),
    ...(says !== undefined && { says }),
  };
}

interface Times {
  readonly runAt: number;
  readonly deadlineAt: number;
  readonly startByAt: number | undefined;
}

/** What the kind of target decides. */
interface Work
  extends Pick<Spec, 'target' | 'retry' | 'timeoutMs' | 'traceparent' | 'tracestate' | 'delivery'> {
  /** For a job that names none. */
  readonly queue: string;
  readonly clocks?: AttemptClocks;
}

interface SpecParts {
  readonly work: Work;
  readonly times: Times;
  readonly key: string | undefined;
  readonly limit: string | undefined;
}

function checkSpec(fields: Record<string, unknown>, parts: SpecParts): Spec {
  const { work, times, key, limit } = parts;
  const tags = checkTags(fields.tags);
  const keep = checkKeep(fields.keep);
  const { startByAt } = times;
  const { target, retry, timeoutMs, traceparent, tracestate, delivery } = work;
  return {
    target,
    retry,
    timeoutMs,
    ...work.clocks,
    ...(startByAt !== undefined && { startByAt }),
    ...(key !== undefined && { key }),
    ...(limit !== undefined && { limit }),
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
    ...(delivery !== undefined && { delivery }),
    ...(tags !== undefined && { tags }),
    ...(keep !== undefined && { keep }),
  };
}

function queueOf(value: unknown, defaultName: string): Named<QueueValues> {
  if (value === undefined) return { name: defaultName, values: undefined };
  return checkQueueOption(value, defaultName);
}

function saysOf(
  queue: Named<QueueValues>,
  limit: Named<LimitValues> | undefined,
): Says | undefined {
  if (queue.values === undefined && limit?.values === undefined) return undefined;
  return {
    ...(queue.values && { queue: queue.values }),
    ...(limit?.values && { limit: limit.values }),
  };
}

function isCommand({ command, program }: Record<string, unknown>): boolean {
  return command !== undefined || program !== undefined;
}

function httpWork(fields: Record<string, unknown>, context: JobContext): Work {
  const stranger = COMMANDS_OWN.find((field) => fields[field] !== undefined);
  if (stranger !== undefined) {
    throw invalid(stranger, `Expected \`${stranger}\` only beside \`command\``);
  }
  const url = checkUrl(fields.url);
  const { method, timeout, retries, retry } = fields;
  const { headers, ...trace } = takeTraceContext(headerLines(fields.headers));
  const target = {
    kind: 'http' as const,
    method: method === undefined ? defaultMethod(context) : checkMethod(method),
    url: url.href,
    headers,
  };
  const timeoutMs = checkSpan(timeout, 'timeout', limits.attemptMs);
  return {
    target,
    queue: defaultQueue(url),
    retry: checkRetry({ retries, retry }),
    timeoutMs,
    clocks: attemptClocks(fields),
    ...trace,
    ...(isAtMostOnce(fields.delivery) && { delivery: 'at-most-once' as const }),
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
