// `sendoff retry`: a waiting job now, a settled one again.

import { Command } from 'commander';
import { type Finish, outputOption } from './arguments.ts';
import { addServerFlags, type ServerFlags } from './connect.ts';
import { forEachId } from './each-id.ts';
import type { Format } from './output.ts';

export function retryCommand(finish: Finish): Command {
  const command = new Command('retry')
    .description('Try waiting jobs now, and settled ones again with a fresh budget of tries.')
    .argument('<id...>')
    .addOption(outputOption())
    .action((ids: string[], flags: ServerFlags & { readonly output: Format }) =>
      finish(
        forEachId(ids, {
          flags,
          act: (client, id) => client.retry(id),
          line: (id, { state }) => `${id}  ${state}`,
        }),
      ),
    );
  return addServerFlags(command);
}
