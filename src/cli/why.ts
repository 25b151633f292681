// `sendoff why`: what keeps a job waiting.

import { Command } from 'commander';
import { SendoffError } from '../errors.ts';
import { type Finish, outputOption } from './arguments.ts';
import { addServerFlags, type ServerFlags } from './connect.ts';
import { forEachId } from './each-id.ts';
import type { Format } from './output.ts';
import { plainLine } from './plain-text.ts';

const examples = `
Examples:
  sendoff why ID        behind 37 of queue tenant:a, concurrency 5
`;

export function whyCommand(finish: Finish): Command {
  const command = new Command('why')
    .description('Say what keeps jobs waiting, at this moment.')
    .argument('<id...>')
    .addOption(outputOption())
    .addHelpText('after', examples)
    .action((ids: string[], flags: ServerFlags & { readonly output: Format }) =>
      finish(
        forEachId(ids, {
          flags,
          act: async (client, id) => {
            const why = await client.why(id);
            if (why === undefined) throw new SendoffError('not_found', `No job has the id ${id}`);
            return why;
          },
          line: (id, { state, reason, text }) => {
            const waits = reason === undefined ? state : `${state} (${reason})`;
            return plainLine(`${id}  ${waits}  ${text}`);
          },
        }),
      ),
    );
  return addServerFlags(command);
}
