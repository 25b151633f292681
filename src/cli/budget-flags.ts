// Flags about the queue and the limit of a job: their names, and what is said of them.

import { type Command, Option } from 'commander';
import { SendoffError } from '../errors.ts';
import type { LimitValues, QueueValues } from '../job/budget-values.ts';
import type { DeliveryOptions } from '../sendoff.ts';
import { wholeNumber } from './arguments.ts';

export interface BudgetFlags {
  readonly queue?: string;
  readonly queueConcurrency?: number;
  readonly queueRate?: string;
  readonly queueBurst?: number;
  readonly queueOrder?: NonNullable<QueueValues['order']>;
  readonly queueOnFailure?: NonNullable<QueueValues['onFailure']>;
  readonly limit?: string;
  readonly limitConcurrency?: number;
  readonly limitRate?: string;
  readonly limitBurst?: number;
}

export function addBudgetFlags(command: Command): Command {
  command.option('--queue <name>', 'the line to wait in');
  for (const option of queueValueOptions('queue-')) command.addOption(option);
  command.option('--limit <key>', 'a budget that jobs of any queues share');
  for (const option of limitValueOptions('limit-')) command.addOption(option);
  return command;
}

export function queueValueOptions(prefix = ''): Option[] {
  return [
    ...limitValueOptions(prefix),
    new Option(
      `--${prefix}order <order>`,
      'strict: one after the other, as they were stored',
    ).choices(['none', 'strict']),
    new Option(
      `--${prefix}on-failure <what>`,
      'of a strict order, while the first is tried again',
    ).choices(['block', 'skip', 'park']),
  ];
}

export function limitValueOptions(prefix = ''): Option[] {
  return [
    new Option(`--${prefix}concurrency <n>`, 'attempts at once').argParser(wholeNumber),
    new Option(`--${prefix}rate <n/time>`, 'attempts per time, such as 7/s or 100/5m'),
    new Option(`--${prefix}burst <n>`, 'of these at once after a rest').argParser(wholeNumber),
  ];
}

export function budgetOptions(flags: BudgetFlags): Pick<DeliveryOptions, 'queue' | 'limit'> {
  const queue = given({
    concurrency: flags.queueConcurrency,
    rate: flags.queueRate,
    burst: flags.queueBurst,
    order: flags.queueOrder,
    onFailure: flags.queueOnFailure,
  });
  const limit = given({
    concurrency: flags.limitConcurrency,
    rate: flags.limitRate,
    burst: flags.limitBurst,
  });
  return {
    ...queueOption(flags.queue, queue),
    ...limitOption(flags.limit, limit),
  };
}

function queueOption(name: string | undefined, values: QueueValues | undefined) {
  if (values === undefined) return name === undefined ? {} : { queue: name };
  return { queue: name === undefined ? values : { name, ...values } };
}

function limitOption(key: string | undefined, values: LimitValues | undefined) {
  if (values === undefined) return key === undefined ? {} : { limit: key };
  if (key !== undefined) return { limit: { key, ...values } };
  const detail = 'Expected --limit, the key of the limit, beside what is said of it';
  throw new SendoffError('invalid_field', detail, { field: 'limit' });
}

/** Undefined if nothing is said. */
function given(values: object): QueueValues | undefined {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
