// `commands`: the programs that callers may run, by name.

import { SendoffError } from '../errors.ts';
import { type CommandRule, checkCommands } from '../job/named-command.ts';
import { programProblem } from '../program-file.ts';

/** @throws SendoffError as `checkCommands`; `invalid_config` for a program open to others */
export function checkCommandSection(
  value: unknown,
  path: string,
): ReadonlyMap<string, CommandRule> {
  const commands = checkCommands(value, path);
  for (const { name, program } of commands.values()) {
    const problem = programProblem(program);
    if (problem === undefined) continue;
    const field = `${path}.${name}.program`;
    throw new SendoffError('invalid_config', `\`${field}\`: ${problem.message}`, { field });
  }
  return commands;
}
