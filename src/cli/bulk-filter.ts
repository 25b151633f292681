// Which jobs are meant, on the command line: one flag for each field of a filter.

import type { Command } from 'commander';
import { collected, wholeNumber } from './arguments.ts';

export interface FilterFlags {
  readonly all?: boolean;
  readonly state?: readonly string[];
  readonly queue?: string;
  readonly tag?: string;
  readonly url?: string;
  readonly reason?: string;
  readonly cause?: string;
  readonly error?: string;
  readonly status?: number;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly settledAfter?: string;
  readonly settledBefore?: string;
  readonly id?: readonly string[];
}

export function addFilterFlags(command: Command): Command {
  return command
    .option('--all', 'every job that this is for')
    .option('--state <state>', 'in this state, may be repeated', collected)
    .option('--queue <name>', 'of this queue')
    .option('--tag <tag>', 'with this tag')
    .option('--url <part>', 'whose URL contains this')
    .option('--reason <reason>', 'that failed for this reason')
    .option('--cause <id>', 'that failed of this cause (sendoff causes)')
    .option('--error <code>', 'whose last attempt met this error')
    .option('--status <n>', 'whose last attempt met this status', wholeNumber)
    .option('--created-after <instant>', 'handed over since then')
    .option('--created-before <instant>', 'handed over until then')
    .option('--settled-after <instant>', 'settled since then')
    .option('--settled-before <instant>', 'settled until then')
    .option('--id <uuid>', 'this job, may be repeated', collected);
}

export function filterFrom(flags: FilterFlags): Record<string, unknown> {
  const { id: ids, all, state, queue, tag, url, reason, cause, error, status } = flags;
  const { createdAfter, createdBefore, settledAfter, settledBefore } = flags;
  const times = { createdAfter, createdBefore, settledAfter, settledBefore };
  const fields = { all, state, queue, tag, url, reason, cause, error, status, ...times, ids };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
