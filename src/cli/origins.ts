// `sendoff origins`: targets that the server knows at this moment, and what it has learned of them.

import { Command } from 'commander';
import { type Finish, outputOption, wholeNumber } from './arguments.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { type Format, print, say } from './output.ts';
import { showOrigins } from './show-budgets.ts';

interface Flags extends ServerFlags {
  readonly limit: number;
  readonly output: Format;
}

export function originsCommand(finish: Finish): Command {
  const command = new Command('origins')
    .description('Targets in use: attempts under way, what was learned, what is open.')
    .option('--limit <n>', 'how many, at most 200', wholeNumber, 200)
    .addOption(outputOption())
    .action((flags: Flags) => finish(list(flags)));
  return addServerFlags(command);
}

function list({ limit, output, ...flags }: Flags): Promise<number> {
  return withClient(flags, async (client) => {
    const { origins, next } = await client.origins({ limit });
    await print(showOrigins(origins, output));
    if (next !== undefined) say('There are more; `/v1/origins?cursor=…` shows them.');
    if (origins.length === 0 && output === 'table') say('No target is in use.');
    return exitCodes.done;
  });
}
