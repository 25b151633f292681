// `sendoff run NAME -- ARGS`: runs a command of the server's, shows what it writes while it writes
// it, and ends as it ended. `sendoff run -- PROGRAM ARGS` runs a program without a name.

import { createReadStream, fstatSync } from 'node:fs';
import { constants } from 'node:os';
import { Readable } from 'node:stream';
import { Command, InvalidArgumentError } from 'commander';
import type { Client } from '../client.ts';
import { SendoffError } from '../errors.ts';
import type { DeliveryOptions, JobView, RunOptions, Command as What } from '../sendoff.ts';
import { collected, type Finish } from './arguments.ts';
import { addBudgetFlags, type BudgetFlags, budgetOptions } from './budget-flags.ts';
import { findProgram } from './command-flag.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { interruptible } from './interrupt.ts';
import { print, say, sayNotes } from './output.ts';
import { plainLine } from './plain-text.ts';
import { addRetryFlags, type RetryFlags, retryOptions } from './retry-flags.ts';
import { stateText } from './show-jobs.ts';
import { showOutput } from './show-output.ts';

interface Flags extends ServerFlags, RetryFlags, BudgetFlags {
  readonly detach?: boolean;
  /** false: `--no-input`. */
  readonly input?: string | false;
  readonly env?: readonly string[];
  readonly folder?: string;
  readonly raw?: boolean;
  readonly delay?: string;
  readonly key?: string;
  readonly id?: string;
  readonly timeout?: string;
  readonly tag?: readonly string[];
  readonly keep?: string;
}

const examples = `
Examples:
  sendoff run backup -- /home/ann            a command that the server knows as backup
  sendoff run import < rows.csv              standard input is passed on
  sendoff run --detach report -- 2030        prints the id; sendoff tail ID shows its output
  sendoff run -- php backend.php             any program, on a server with --any-command

It ends with the command's own exit code, or 128 and the number of the signal that ended it.
`;

export function runCommand(finish: Finish): Command {
  const command = new Command('run')
    .description('Run a command as a job: kept until it has run, whatever happens to this shell.')
    .argument('[words...]', 'name of the command, and after -- its arguments')
    .option('--detach', 'only hand it over and print the id')
    .option('--input <file>', 'standard input from a file')
    .option('--no-input', 'no standard input, even if ours is a pipe')
    .option('--env <pair>', 'NAME=value, may be repeated', collected)
    .option('--folder <path>', 'where a program without a name runs (default here)')
    .option('--raw', 'show what it writes without escaping anything')
    .option('--delay <time>', 'not before this has passed, such as 5m')
    .option('--key <key>', 'idempotency key: the same key is the same job for 24 h')
    .option('--id <uuid>', 'the id of the job')
    .option('--timeout <time>', 'for one attempt')
    .option('--tag <tag>', 'may be repeated', collected)
    .option('--keep <time>', 'how long it is remembered once it has settled')
    .addHelpText('after', examples)
    .action((words: string[], flags: Flags, self: Command) => {
      const { rawArgs } = self.parent as unknown as { readonly rawArgs: readonly string[] };
      return finish(run(meant(words, { rawArgs, flags }), flags));
    });
  return addServerFlags(addBudgetFlags(addRetryFlags(command)));
}

interface Meant {
  readonly what: What;
  readonly args: readonly string[];
}

/** What stands before `--` is a name; without one, what stands after it is a program. */
function meant(
  words: readonly string[],
  { rawArgs, flags }: { readonly rawArgs: readonly string[]; readonly flags: Flags },
): Meant {
  const dashesAt = rawArgs.indexOf('--');
  const after = dashesAt === -1 ? 0 : rawArgs.length - dashesAt - 1;
  const [name, ...extra] = words.slice(0, words.length - after);
  const [program, ...args] = words.slice(words.length - after);
  if (extra.length > 0) {
    throw new InvalidArgumentError(`Expected the arguments after --, got '${extra[0]}'.`);
  }
  if (name !== undefined) return { what: name, args: words.slice(words.length - after) };
  if (program === undefined)
    throw new InvalidArgumentError('Expected a name, or -- and a program.');
  const what = { program: findProgram(program), folder: flags.folder ?? process.cwd() };
  return { what, args };
}

async function run({ what, args }: Meant, flags: Flags): Promise<number> {
  return withClient(flags, (client) =>
    interruptible(async (signal) => {
      const options = { ...optionsFrom(flags), args, signal };
      const sent = await client.run(what, { ...options, ...inputFrom(flags) });
      sayNotes(sent);
      if (flags.detach) {
        await print(`${sent.id}\n`);
        return exitCodes.done;
      }
      const isRaw = flags.raw ?? !process.stdout.isTTY;
      const job = await showOutput(client, sent.id, { isRaw, signal });
      if (job !== undefined) return exitCodeOfRun(client, job);
      say(`It goes on. Its output: sendoff tail ${sent.id}   stop it: sendoff cancel ${sent.id}`);
      return exitCodes.interrupted;
    }),
  );
}

function optionsFrom(flags: Flags): DeliveryOptions & Pick<RunOptions, 'env'> {
  const { delay, key, id, timeout, tag: tags, keep } = flags;
  const env = flags.env === undefined ? undefined : Object.fromEntries(flags.env.map(pair));
  const more = { ...retryOptions(flags), ...budgetOptions(flags) };
  const given = { delay, ...more, key, id, timeout, tags, keep, env };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function pair(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new SendoffError('invalid_field', `Expected --env to be NAME=value, got '${text}'`);
}

/** A terminal, or nothing, is no input. */
function inputFrom({ input }: Flags): Pick<RunOptions, 'input'> {
  if (input === false) return {};
  if (typeof input === 'string') return { input: createReadStream(input) };
  const stdin = fstatSync(0);
  const hasInput = stdin.isFIFO() || stdin.isFile() || stdin.isSocket();
  return hasInput ? { input: Readable.toWeb(process.stdin) as ReadableStream<Uint8Array> } : {};
}

/** As a shell would have it, had it started the command itself. */
async function exitCodeOfRun(client: Client, job: JobView): Promise<number> {
  const { response, state } = job;
  if (response?.exitCode !== undefined) return response.exitCode;
  const signal = response?.signal as keyof typeof constants.signals | undefined;
  if (signal !== undefined) return 128 + (constants.signals[signal] ?? 0);
  const last = (await client.attempts(job.id)).at(-1);
  const why = [last?.error, last?.detail].filter((text) => text !== undefined).join(': ');
  say(`sendoff: job ${job.id} is ${stateText(job)}${why === '' ? '' : `: ${plainLine(why)}`}`);
  if (last?.error === 'command_not_found') return 127;
  if (last?.error === 'command_not_executable') return 126;
  return state === 'succeeded' ? exitCodes.done : exitCodes.failure;
}
