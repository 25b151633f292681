// `sendoff send`: hands over one request, or with --jobs as many as a file has lines.

import { Command } from 'commander';
import { SendoffError } from '../errors.ts';
import { parseDuration } from '../job/duration.ts';
import type { DeliveryOptions, SendInit } from '../sendoff.ts';
import { collected, type Finish, headerLines, outputOption, wholeNumber } from './arguments.ts';
import { type ContentFlags, contentInput } from './body-input.ts';
import { addBudgetFlags, type BudgetFlags, budgetOptions } from './budget-flags.ts';
import { addClockFlags, type ClockFlags, clockOptions } from './clock-flags.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { interruptible } from './interrupt.ts';
import { type Format, print, say, sayNotes, styledTalk } from './output.ts';
import { addRetryFlags, type RetryFlags, retryOptions } from './retry-flags.ts';
import { span } from './span.ts';

export interface SendFlags extends ServerFlags, ContentFlags, ClockFlags, RetryFlags, BudgetFlags {
  readonly delay?: string;
  readonly at?: string;
  readonly key?: string;
  readonly id?: string;
  readonly priority?: number;
  readonly timeout?: string;
  readonly deadline?: string;
  readonly tag?: readonly string[];
  readonly keep?: string;
  readonly wait?: string;
  readonly jobs?: string;
  readonly raw?: boolean;
  readonly output: Format;
}

/** Flags that go with --jobs. */
const BESIDE_JOBS: ReadonlySet<string> = new Set(['jobs', 'server', 'tokenFile', 'output']);

const examples = `
Examples:
  sendoff send https://api.test/orders --json '{"n":1}' --key order-1
  sendoff send PUT https://api.test/file -d @big.bin --delay 5m
  sendoff send https://api.test/slow --wait=30s       print the answer, exit 8 unless it is 2xx
  sendoff send --jobs jobs.ndjson                     one job per line: {"url": …, "json": …}
`;

export function sendCommand(finish: Finish): Command {
  const command = new Command('send')
    .description('Hand a request over: it is on disk when this returns.')
    .argument('[method]', 'GET without a body, POST with one, unless given')
    .argument('[url]')
    .option('-H, --header <line>', "'Name: value', may be repeated", headerLines)
    .option('-d, --data <text>', 'the body: text, @file, or - for standard input')
    .option('--json <text>', 'the body as JSON: text, @file, or -')
    .option('--form <pair>', 'name=value or name=@file, may be repeated', collected)
    .option('--delay <time>', 'not before this has passed, such as 5m')
    .option('--at <instant>', 'not before this instant, such as 2030-01-31T09:00:00Z')
    .option('--key <key>', 'idempotency key: the same key is the same job for 24 h')
    .option('--id <uuid>', 'the id of the job')
    .option('--priority <n>', '0 (soonest) to 3', wholeNumber)
    .option('--timeout <time>', 'for one attempt')
    .option('--deadline <time>', 'give up after this')
    .option('--tag <tag>', 'may be repeated', collected)
    .option('--keep <time>', 'how long it is remembered once it has settled')
    .option('--wait [time]', 'wait for the answer and print its body')
    .option('--raw', 'print the body of the answer without escaping anything')
    .option('--jobs <file>', 'many jobs from NDJSON, - for standard input')
    .addOption(outputOption())
    .addHelpText('after', examples)
    .action((first: string | undefined, second: string | undefined, flags: SendFlags) => {
      return finish(send(first, second, flags));
    });
  return addServerFlags(addBudgetFlags(addRetryFlags(addClockFlags(command))));
}

async function send(
  first: string | undefined,
  second: string | undefined,
  flags: SendFlags,
): Promise<number> {
  if (flags.jobs !== undefined) {
    refuseBesideJobs(first, flags);
    const { sendJobs } = await import('./send-jobs.ts');
    return sendJobs(flags.jobs, flags);
  }
  const url = second ?? first;
  if (url === undefined) {
    throw new SendoffError(
      'invalid_url',
      'Expected a URL, as in `sendoff send https://api.test/x`',
    );
  }
  const method = second === undefined ? undefined : first;
  const waitMs = waitMsOf(flags.wait);
  const init = await initFrom(method, flags);
  if (waitMs !== undefined) return sendAndWait(url, init, { ...flags, waitMs });
  return handOver(url, init, flags);
}

/** What a job is stands in its line; said here, too, it would be ignored. */
function refuseBesideJobs(url: string | undefined, flags: SendFlags): void {
  if (url !== undefined) throw new SendoffError('invalid_field', '--jobs takes no URL');
  const other = Object.keys(flags).find((name) => !BESIDE_JOBS.has(name));
  if (other === undefined) return;
  const flag = `--${other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new SendoffError('invalid_field', `--jobs takes no ${flag}: say it in each line`);
}

function waitMsOf(wait: string | undefined): number | undefined {
  if (wait === undefined) return undefined;
  return wait === 'forever' ? Number.POSITIVE_INFINITY : parseDuration(wait, { field: 'wait' });
}

async function initFrom(method: string | undefined, flags: SendFlags): Promise<SendInit> {
  return {
    ...(await contentInput(flags)),
    ...optionsFrom(flags),
    ...(method === undefined ? {} : { method }),
  };
}

function optionsFrom(flags: SendFlags): DeliveryOptions {
  const { delay, at, key, id, priority, timeout, deadline, tag: tags, keep } = flags;
  const more = { ...clockOptions(flags), ...retryOptions(flags), ...budgetOptions(flags) };
  const given = { delay, at, ...more, key, id, priority, timeout, deadline, tags, keep };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function handOver(url: string, init: SendInit, flags: SendFlags): Promise<number> {
  return withClient(flags, async (client) => {
    const startedAt = performance.now();
    const { done: _, cancel: __, ...receipt } = await client.send(url, init);
    const tookMs = performance.now() - startedAt;
    sayNotes(receipt);
    if (flags.output === 'json') await print(`${JSON.stringify(receipt, null, 2)}\n`);
    else if (flags.output === 'jsonl') await print(`${JSON.stringify(receipt)}\n`);
    else await print(`${receipt.id}\n`);
    if (flags.output === 'table' && process.stderr.isTTY) {
      const what = receipt.duplicate ? 'was there already' : 'is on disk';
      say(`${styledTalk('green', '✓')} ${what}, in ${span(tookMs)}`);
      say(`  answer: sendoff get ${receipt.id} --response   cancel: sendoff cancel ${receipt.id}`);
    }
    return exitCodes.done;
  });
}

async function sendAndWait(
  url: string,
  init: SendInit,
  flags: SendFlags & { readonly waitMs: number },
): Promise<number> {
  return withClient(flags, (client) =>
    interruptible(async (interrupt) => {
      const sent = await client.send(url, { ...init, signal: interrupt });
      sayNotes(sent);
      const signal = Number.isFinite(flags.waitMs)
        ? AbortSignal.any([interrupt, AbortSignal.timeout(flags.waitMs)])
        : interrupt;
      try {
        await sent.done({ signal });
      } catch (error) {
        if (!signal.aborted || interrupt.aborted) throw error;
        say(`sendoff: no answer within ${span(flags.waitMs)}; the job goes on.`);
        say(`Its answer will be at: sendoff get ${sent.id} --response`);
        return exitCodes.waitRanOut;
      }
      const { printAnswer } = await import('./print-answer.ts');
      return printAnswer(client, sent.id, flags);
    }),
  );
}
