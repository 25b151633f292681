// A job that runs a command: what its fields mean. The operator's rule for the command decides what
// a caller may say.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { type CommandRules, checkCall, freeRule, refuseUnnamed, ruleOf } from './command-rules.ts';
import { isAtMostOnce } from './delivery-mode.ts';
import { parseDuration } from './duration.ts';
import type { CommandTarget, RetryPolicy } from './job.ts';
import { checkRetry } from './retry-policy.ts';
import { shown } from './shown.ts';
import { commandQueue } from './target-name.ts';
import { checkText } from './text.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fields of a command beside those that every job has. */
export const COMMAND_FIELDS = ['command', 'args', 'env'] as const;
/** Further fields where a command without a name may be given. */
export const PROGRAM_FIELDS = ['program', 'folder'] as const;

const ONLY_HTTP = [
  ...['url', 'method', 'headers'],
  ...['connectTimeout', 'firstByteTimeout', 'idleTimeout'],
];

export interface CommandWork {
  readonly target: CommandTarget;
  readonly queue: string;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly delivery?: 'at-most-once';
}

/** @throws SendoffError as `checkJob`, and `unknown_command`, `runner_disabled` */
export function commandWork(fields: Fields, rules: CommandRules): CommandWork {
  const stranger = ONLY_HTTP.find((field) => fields[field] !== undefined);
  if (stranger !== undefined) {
    const message = `Expected \`${stranger}\` only beside \`url\`, got it beside a command`;
    throw new SendoffError('invalid_field', message, { field: stranger });
  }
  const retry = commandRetry(fields);
  const isOnce = isAtMostOnce(fields.delivery);
  if (fields.command === undefined) {
    const target = freeTarget(fields, rules);
    const work = { target, queue: commandQueue(target), retry, timeoutMs: timeoutOf(fields) };
    return { ...work, ...(isOnce && once) };
  }
  const rule = ruleOf(rules, fields.command);
  const target = { kind: 'command' as const, name: rule.name, ...checkCall(fields, rule) };
  return {
    target,
    queue: commandQueue(target),
    retry,
    timeoutMs: timeoutOf(fields, rule.timeoutMs),
    ...((rule.isOnce || isOnce) && once),
  };
}

const once = { delivery: 'at-most-once' } as const;

/** A command that has failed is not the same as a server that is away: only if asked for. */
function commandRetry({ retries, retry }: Fields): RetryPolicy {
  return checkRetry({ retries: retries ?? (retry === undefined ? 0 : undefined), retry });
}

function timeoutOf({ timeout }: Fields, mostMs?: number): number {
  if (timeout === undefined) return mostMs ?? limits.attemptMs;
  const range = { field: 'timeout', leastMs: 1, ...(mostMs !== undefined && { mostMs }) };
  return parseDuration(timeout, range);
}

function freeTarget(fields: Fields, rules: CommandRules): CommandTarget {
  refuseUnnamed(rules);
  const program = absolute(fields.program, 'program');
  const folder = fields.folder === undefined ? undefined : absolute(fields.folder, 'folder');
  const call = checkCall(fields, freeRule);
  return { kind: 'command', program, ...call, ...(folder !== undefined && { folder }) };
}

function absolute(value: unknown, field: string): string {
  const path = checkText(value, field);
  if (path.startsWith('/') && path.length <= limits.urlBytes) return path;
  const message = `Expected \`${field}\` to be an absolute path, got ${shown(path)}`;
  throw new SendoffError('invalid_field', message, { field });
}
