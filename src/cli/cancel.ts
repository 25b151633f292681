// `sendoff cancel`: ends jobs that are not settled yet.

import { Command } from 'commander';
import type { CancelResult } from '../sendoff.ts';
import { type Finish, outputOption } from './arguments.ts';
import { addServerFlags, type ServerFlags } from './connect.ts';
import { forEachId } from './each-id.ts';
import type { Format } from './output.ts';

const sentences: Readonly<Record<CancelResult['cancelled'], string>> = {
  removed: 'cancelled; it will not be tried again',
  aborted: 'cancelled; its live connection was closed',
  'too-late': 'not cancelled; its result was being written',
};

export function cancelCommand(finish: Finish): Command {
  const command = new Command('cancel')
    .description('Cancel jobs; a live connection is closed.')
    .argument('<id...>')
    .addOption(outputOption())
    .action((ids: string[], flags: ServerFlags & { readonly output: Format }) =>
      finish(
        forEachId(ids, {
          flags,
          act: (client, id) => client.cancel(id),
          line: (id, { cancelled }) => `${id}  ${sentences[cancelled]}`,
        }),
      ),
    );
  return addServerFlags(command);
}
