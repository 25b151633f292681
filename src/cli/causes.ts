// `sendoff causes`: what went wrong, by cause.

import { Command } from 'commander';
import type { CauseView } from '../mending.ts';
import { type Finish, outputOption, wholeNumber } from './arguments.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { type Format, print, say, styled } from './output.ts';
import { plainLine } from './plain-text.ts';
import { relative } from './span.ts';
import { type Column, table } from './table.ts';

interface Flags extends ServerFlags {
  readonly origin?: string;
  readonly limit: number;
  readonly output: Format;
}

const examples = `
Examples:
  sendoff causes                            what failed, and how much of it
  sendoff ls --cause 0a1b2c3d4e5f6          its jobs
`;

export function causesCommand(finish: Finish): Command {
  const command = new Command('causes')
    .description('Failed jobs by cause, most jobs first.')
    .option('--origin <origin>', 'only what failed there, such as https://api.test')
    .option('--limit <n>', 'how many', wholeNumber, 100)
    .addOption(outputOption())
    .addHelpText('after', examples)
    .action((flags: Flags) => finish(list(flags)));
  return addServerFlags(command);
}

function list({ origin, limit, output, ...flags }: Flags): Promise<number> {
  return withClient(flags, async (client) => {
    const page = await client.causes({ limit, ...(origin !== undefined && { origin }) });
    await print(shown(page.causes, output));
    if (page.partial) say('There are more; see --limit and --origin.');
    if (page.causes.length === 0 && output === 'table') say('Nothing is failed.');
    return exitCodes.done;
  });
}

function shown(causes: readonly CauseView[], format: Format): string {
  if (format === 'json') return `${JSON.stringify(causes, null, 2)}\n`;
  if (format === 'jsonl') return causes.map((cause) => `${JSON.stringify(cause)}\n`).join('');
  if (format === 'id') return causes.map(({ id }) => `${id}\n`).join('');
  const width = process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
  return table(columns(Date.now()), causes, { width, paintTitle: (text) => styled('dim', text) });
}

function columns(now: number): readonly Column<CauseView>[] {
  return [
    { title: 'CAUSE', cell: ({ id }) => id },
    { title: 'JOBS', cell: ({ jobs }) => String(jobs), isRight: true },
    { title: 'ORIGIN', cell: ({ origin }) => plainLine(origin), isFlexible: true },
    { title: 'REASON', cell: ({ reason }) => plainLine(reason) },
    { title: 'STATUS', cell: ({ status }) => String(status ?? '–'), isRight: true },
    { title: 'ERROR', cell: ({ error }) => plainLine(error ?? '–') },
    { title: 'LAST', cell: ({ lastAt }) => relative(lastAt, now) },
  ];
}
