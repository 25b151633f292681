// The commands and what they share. Each command is described in a file of its name; whatever is
// heavy is loaded only when the command runs, so that `sendoff --help` is there at once.

import { Command } from 'commander';
import { version } from '../version.ts';
import type { Finish } from './arguments.ts';
import { limitCommand, queueCommand } from './budget.ts';
import { bulkCommand } from './bulk.ts';
import { cancelCommand } from './cancel.ts';
import { causesCommand } from './causes.ts';
import { devCommand } from './dev.ts';
import { doctorCommand } from './doctor.ts';
import { getCommand } from './get.ts';
import { inboxCommand } from './inbox.ts';
import { lsCommand } from './ls.ts';
import { originsCommand } from './origins.ts';
import { resendCommand } from './resend.ts';
import { retryCommand } from './retry.ts';
import { runCommand } from './run.ts';
import { sendCommand } from './send.ts';
import { serveCommand } from './serve.ts';
import { tailCommand } from './tail.ts';
import { tossCommand } from './toss.ts';
import { whyCommand } from './why.ts';

const examples = `
Examples:
  sendoff serve                                       a server on 127.0.0.1:7180
  sendoff dev                                         send from a web page
  sendoff inbox --delay 20s                           a slow receiver to try it with
  sendoff send http://127.0.0.1:7181/x -d hello       hand a request over
  sendoff send https://a.test --json '{"n":1}' --wait print the answer
  sendoff run backup -- /home/ann                     run a command that the server knows
  sendoff ls --state failed                           what went wrong
  sendoff causes                                      the same, by cause
  sendoff why ID                                      what a job waits for
  sendoff queue set printer --rate 7/s                how fast a line goes on

Exit codes: 0 done, 1 failure, 2 usage, 3 not found, 4 not authorised, 5 conflict,
  6 --wait ran out (the job goes on), 7 server unreachable, 8 answered but not 2xx, 130 interrupted
`;

export function createProgram(finish: Finish): Command {
  const program = new Command('sendoff')
    .description(
      'Hands HTTP requests over, keeps them safe, delivers them, and gives answers back.',
    )
    .version(version)
    .addHelpText('after', examples);
  const commands = [
    ...[serveCommand, sendCommand, getCommand, lsCommand, tailCommand, cancelCommand],
    ...[queueCommand, limitCommand, originsCommand, whyCommand],
    ...[tossCommand, runCommand, retryCommand, causesCommand, inboxCommand, doctorCommand],
    ...[resendCommand, bulkCommand, devCommand],
  ];
  for (const command of commands) program.addCommand(command(finish));
  prepare(program, 'sendoff');
  return program;
}

/** Commands of commands too. */
function prepare(command: Command, name: string): void {
  command.exitOverride().showHelpAfterError(`'${name} --help' says more.`);
  for (const each of command.commands) prepare(each, `${name} ${each.name()}`);
}
