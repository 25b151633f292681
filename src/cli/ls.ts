// `sendoff ls`: jobs, newest first.

import { Command, Option } from 'commander';
import type { JobView, ListOptions } from '../sendoff.ts';
import { type Finish, outputOption, wholeNumber } from './arguments.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { type Format, print, say } from './output.ts';
import { showJobs } from './show-jobs.ts';

const states = ['pending', 'running', 'succeeded', 'failed', 'cancelled'] as const;
const MOST_PER_PAGE = 200;

interface Flags extends ServerFlags {
  readonly state?: (typeof states)[number];
  readonly queue?: string;
  readonly tag?: string;
  readonly url?: string;
  readonly cause?: string;
  readonly limit: number;
  readonly all?: boolean;
  readonly output: Format;
}

export function lsCommand(finish: Finish): Command {
  const command = new Command('ls')
    .description('List jobs, newest first.')
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(states))
    .option('--queue <name>', 'only jobs of this queue')
    .option('--tag <tag>', 'only jobs with this tag')
    .option('--url <part>', 'only jobs whose URL contains this')
    .option('--cause <id>', 'only jobs that failed of this cause (sendoff causes)')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--all', 'every job there is')
    .addOption(outputOption())
    .action((flags: Flags) => finish(list(flags)));
  return addServerFlags(command);
}

async function list(flags: Flags): Promise<number> {
  return withClient(flags, async (client) => {
    let left = flags.all ? Number.POSITIVE_INFINITY : flags.limit;
    // A JSON array is one document, so its jobs are collected; every other format is printed page
    // by page.
    const collected: JobView[] = [];
    let cursor: string | undefined;
    let shown = 0;
    do {
      const page = await client.list(pageOptions(flags, Math.min(left, MOST_PER_PAGE), cursor));
      left -= page.jobs.length;
      shown += page.jobs.length;
      if (flags.output === 'json') collected.push(...page.jobs);
      else if (page.jobs.length > 0) await print(showJobs(page.jobs, flags.output));
      if (page.partial) say('Only the newest jobs were searched; narrow it by --queue or --state.');
      cursor = page.next;
    } while (cursor !== undefined && left > 0);
    if (flags.output === 'json') await print(showJobs(collected, 'json'));
    if (shown === 0 && flags.output === 'table') say('No jobs match.');
    return exitCodes.done;
  });
}

function pageOptions(flags: Flags, limit: number, cursor: string | undefined): ListOptions {
  const { state, queue, tag, url, cause } = flags;
  return {
    limit,
    ...(state === undefined ? {} : { state }),
    ...(queue === undefined ? {} : { queue }),
    ...(tag === undefined ? {} : { tag }),
    ...(url === undefined ? {} : { url }),
    ...(cause === undefined ? {} : { cause }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}
