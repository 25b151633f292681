// `sendoff bulk`: something is done with all jobs that a filter means. The count comes first, and a
// person is asked; what goes on is on the server's disk, and this only looks on.

import { Command } from 'commander';
import type { Client } from '../client.ts';
import type { BulkRequest, BulkView } from '../mending.ts';
import { collected, type Finish, headerLines, outputOption, wholeNumber } from './arguments.ts';
import { addFilterFlags, type FilterFlags, filterFrom } from './bulk-filter.ts';
import { follow } from './bulk-follow.ts';
import { countLine, show, showAll } from './bulk-show.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { type Format, print, say } from './output.ts';
import { type EditFlags, editsFrom } from './resend.ts';

type Action = BulkRequest['action'];

interface Flags extends ServerFlags, FilterFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly output: Format;
}
interface ResendFlags extends Flags, Omit<EditFlags, 'url' | 'queue' | 'tag'> {
  readonly newUrl?: string;
  readonly newQueue?: string;
}

const examples = `
Examples:
  sendoff bulk retry --cause 0a1b2c3d4e5f6        what failed of one cause, once more
  sendoff bulk cancel --queue printer --yes       without being asked
  sendoff bulk resend --tag orders --new-url https://new.test/orders
  sendoff bulk ls                                 what goes on, and what went on

The count is shown first. Without a terminal nothing is done unless --yes is given (exit code 2).
Ctrl-C aborts: what was done stays, the rest is left alone. With --detach it goes on by itself.
`;

export function bulkCommand(finish: Finish): Command {
  const command = new Command('bulk')
    .description('Do something with all jobs that a filter means.')
    .addHelpText('after', examples);
  const actions: readonly (readonly [Action, string])[] = [
    ['retry', 'Try failed jobs once more, or with --state others, or waiting ones now.'],
    ['cancel', 'Cancel waiting jobs and those under way.'],
    ['resend', 'Hand failed jobs over again, as other jobs.'],
  ];
  for (const [action, text] of actions) command.addCommand(actionCommand(action, text, finish));
  for (const each of lookCommands(finish)) command.addCommand(addServerFlags(each));
  return command;
}

function actionCommand(action: Action, text: string, finish: Finish): Command {
  const command = addFilterFlags(new Command(action).description(text));
  if (action === 'resend') addEditFlags(command);
  command
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'say how many, and do nothing')
    .option('--detach', 'do not wait for the end')
    .addOption(outputOption())
    .action((flags: ResendFlags) => finish(carryOut(action, flags)));
  return addServerFlags(command);
}

function addEditFlags(command: Command): void {
  command
    .option('--new-url <url>', 'another target')
    .option('--new-queue <name>', 'another line to wait in')
    .option('--method <method>', 'another method')
    .option(
      '-H, --header <line>',
      "'Name: value' in place of the old, may be repeated",
      headerLines,
    )
    .option('--without-header <name>', 'leave a header out, may be repeated', collected)
    .option('--delay <time>', 'not before this has passed')
    .option('--at <instant>', 'not before this instant')
    .option('--retries <n>', 'tries after the first', wholeNumber)
    .option('--priority <n>', '0 (soonest) to 3', wholeNumber)
    .option('--timeout <time>', 'for one attempt')
    .option('--deadline <time>', 'give up after this');
}

function requestFrom(action: Action, flags: ResendFlags): BulkRequest {
  const filter = filterFrom(flags);
  if (action !== 'resend') return { action, filter };
  const { newUrl, newQueue, url: _, queue: __, tag: ___, ...rest } = flags;
  const edits = editsFrom({
    ...rest,
    ...(newUrl !== undefined && { url: newUrl }),
    ...(newQueue !== undefined && { queue: newQueue }),
  });
  return Object.keys(edits).length === 0 ? { action, filter } : { action, filter, edits };
}

function carryOut(action: Action, flags: ResendFlags): Promise<number> {
  const request = requestFrom(action, flags);
  return withClient(flags, async (client) => {
    const preview = await client.bulk.preview(request);
    say(countLine(action, preview));
    if (flags.dryRun || preview.jobs === 0) return exitCodes.done;
    if (!flags.yes) {
      if (!process.stdin.isTTY || !process.stderr.isTTY) {
        say('Nothing was done: nobody is here to ask, and --yes was not given.');
        return exitCodes.usage;
      }
      if (!(await isConfirmed(action))) {
        say('Nothing was done.');
        return exitCodes.failure;
      }
    }
    return begin(client, request, flags);
  });
}

async function isConfirmed(action: Action): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  const answer = await confirm({ message: `${action} them?`, initialValue: false });
  return answer === true;
}

async function begin(client: Client, request: BulkRequest, flags: Flags): Promise<number> {
  const started = await client.bulk.start(request);
  if (flags.detach) {
    await print(flags.output === 'table' ? `${started.id}\n` : show(started, flags.output));
    return exitCodes.done;
  }
  const { bulk, isInterrupted } = await follow(client, started);
  await print(show(bulk, flags.output));
  if (isInterrupted) return exitCodes.interrupted;
  return Object.keys(bulk.progress.failed).length > 0 ? exitCodes.failure : exitCodes.done;
}

function lookCommands(finish: Finish): readonly Command[] {
  const one = (name: string, text: string, ask: Ask): Command =>
    new Command(name)
      .description(text)
      .argument('<id>')
      .addOption(outputOption())
      .action((id: string, flags: Flags) => finish(look(id, flags, ask)));
  return [
    new Command('ls')
      .description('Operations, newest first.')
      .addOption(outputOption())
      .action((flags: Flags) => finish(list(flags))),
    one('get', 'How far an operation is.', (client, id) => client.bulk.get(id)),
    one('abort', 'Do nothing more; what was done stays.', (client, id) => client.bulk.abort(id)),
  ];
}

type Ask = (client: Client, id: string) => Promise<BulkView | undefined>;

function look(id: string, flags: Flags, ask: Ask): Promise<number> {
  return withClient(flags, async (client) => {
    const bulk = await ask(client, id);
    if (bulk === undefined) {
      say(`There is no operation ${id}.`);
      return exitCodes.notFound;
    }
    await print(show(bulk, flags.output));
    return exitCodes.done;
  });
}

function list(flags: Flags): Promise<number> {
  return withClient(flags, async (client) => {
    await print(showAll(await client.bulk.list(), flags.output));
    return exitCodes.done;
  });
}
