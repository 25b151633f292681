// `sendoff queue` and `sendoff limit`: what there is, and what somebody says of it. The same
// commands for both, but that a limit has no order.

import { Command, Option } from 'commander';
import type { BudgetVerbs, LimitView, QueueView } from '../budget.ts';
import type { Client } from '../client.ts';
import type { BudgetChange, QueueValues } from '../job/budget-values.ts';
import { collected, type Finish, outputOption, wholeNumber } from './arguments.ts';
import { limitValueOptions, queueValueOptions } from './budget-flags.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { type Format, print, say } from './output.ts';
import { plainLine } from './plain-text.ts';
import { showBudget, showBudgets } from './show-budgets.ts';

type Kind = 'queue' | 'limit';
type View = QueueView | LimitView;
type Verbs = BudgetVerbs<View, unknown, BudgetChange>;

interface Flags extends ServerFlags {
  readonly output: Format;
}

interface SetFlags extends Flags, QueueValues {
  readonly without?: readonly (keyof QueueValues)[];
  readonly pin?: boolean;
  readonly unpin?: boolean;
}

const examples = `
Examples:
  sendoff queue ls                                 every queue, how much waits, what bounds it
  sendoff queue set https://api.test --rate 100/5m --burst 10
  sendoff queue set printer --order strict --on-failure park --pin
  sendoff queue set printer --without rate         no rate any more
  sendoff queue pause printer                      nothing of it begins; resume lets it go on
  sendoff limit set smtp --concurrency 5           shared by jobs of any queues
`;

export function queueCommand(finish: Finish): Command {
  return budgetCommand('queue', finish).description('Lines that jobs wait in: look, set, pause.');
}

export function limitCommand(finish: Finish): Command {
  return budgetCommand('limit', finish).description('Budgets that queues share: look, set, pause.');
}

function budgetCommand(kind: Kind, finish: Finish): Command {
  const command = new Command(kind).addHelpText('after', examples);
  const ls = new Command('ls')
    .description(`Every ${kind}, by name.`)
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--all', 'all there are')
    .addOption(outputOption())
    .action((flags: ListFlags) => finish(list(kind, flags)));
  const get = named('get', `Show one ${kind}.`, (name, flags) => finish(look(kind, name, flags)));
  const rm = named('rm', 'Forget what was said of it: values, pins and pause.', (name, flags) =>
    finish(act(flags, (client) => verbsOf(client, kind).forget(name))),
  );
  const pause = named('pause', 'Let nothing of it begin from now on.', (name, flags) =>
    finish(act(flags, (client) => verbsOf(client, kind).pause(name))),
  );
  const resume = named('resume', 'Let it go on.', (name, flags) =>
    finish(act(flags, (client) => verbsOf(client, kind).resume(name))),
  );
  for (const each of [ls, get, setCommand(kind, finish), pause, resume, rm]) {
    command.addCommand(addServerFlags(each));
  }
  return command;
}

function named(
  verb: string,
  description: string,
  action: (name: string, flags: Flags) => Promise<void>,
): Command {
  return new Command(verb)
    .description(description)
    .argument('<name>')
    .addOption(outputOption())
    .action(action);
}

function setCommand(kind: Kind, finish: Finish): Command {
  const description = 'Say what counts from now on, also for jobs that wait already.';
  const command = named('set', description, (name, flags) =>
    finish(act(flags, (client) => verbsOf(client, kind).set(name, changeFrom(flags as SetFlags)))),
  );
  for (const option of kind === 'queue' ? queueValueOptions() : limitValueOptions()) {
    command.addOption(option);
  }
  return command
    .option('--without <value>', 'take one away, such as rate; may be repeated', collected)
    .option('--pin', 'jobs cannot change these; without values: any that stand')
    .addOption(new Option('--unpin', 'jobs can change them again').conflicts('pin'));
}

function changeFrom({ without = [], pin, unpin, ...flags }: SetFlags): BudgetChange {
  const { concurrency, rate, burst, order, onFailure } = flags;
  const values = Object.entries({ concurrency, rate, burst, order, onFailure });
  const taken = without.map((name) => [fieldName(name), null]);
  return {
    ...Object.fromEntries(values.filter(([, value]) => value !== undefined)),
    ...Object.fromEntries(taken),
    ...((pin || unpin) && { pin: pin === true }),
  };
}

/** `on-failure`, as the flag is called, is `onFailure`. */
function fieldName(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function verbsOf(client: Client, kind: Kind): Verbs {
  return (kind === 'queue' ? client.queues : client.limits) as Verbs;
}

interface ListFlags extends Flags {
  readonly limit: number;
  readonly all?: boolean;
}

const MOST_PER_PAGE = 200;

async function list(kind: Kind, { limit, all, output, ...flags }: ListFlags): Promise<number> {
  return withClient(flags, async (client) => {
    const views: View[] = [];
    let left = all ? Number.POSITIVE_INFINITY : limit;
    let cursor: string | undefined;
    do {
      const page = {
        limit: Math.min(left, MOST_PER_PAGE),
        ...(cursor !== undefined && { cursor }),
      };
      const { items, next } = await pageOf(client, kind, page);
      views.push(...items);
      left -= items.length;
      cursor = next;
    } while (cursor !== undefined && left > 0);
    await print(showBudgets(views, output));
    if (cursor !== undefined) say('There are more; see --limit and --all.');
    if (views.length === 0 && output === 'table') say(`There is no ${kind} yet.`);
    return exitCodes.done;
  });
}

async function pageOf(client: Client, kind: Kind, options: { limit: number; cursor?: string }) {
  if (kind === 'queue') {
    const { queues, next } = await client.queues.list(options);
    return { items: queues, next };
  }
  const { limits, next } = await client.limits.list(options);
  return { items: limits, next };
}

async function look(kind: Kind, name: string, flags: Flags): Promise<number> {
  return withClient(flags, async (client) => {
    const view = await verbsOf(client, kind).get(name);
    if (view !== undefined) {
      await print(showBudget(view, flags.output));
      return exitCodes.done;
    }
    say(`sendoff: There is no ${kind} '${plainLine(name)}'; \`sendoff ${kind} ls\` shows all.`);
    return exitCodes.notFound;
  });
}

async function act(flags: Flags, verb: (client: Client) => Promise<unknown>): Promise<number> {
  return withClient(flags, async (client) => {
    const view = (await verb(client)) as View | undefined;
    if (view) await print(showBudget(view, flags.output));
    return exitCodes.done;
  });
}
