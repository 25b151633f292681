// `sendoff inbox`: a receiver to try things with. It prints what arrives and answers as it was
// told: slowly, with a status, or badly the first n times.

import { Command, Option } from 'commander';
import { type Finish, headerLines, wholeNumber } from './arguments.ts';

export interface InboxFlags {
  readonly listen: string;
  readonly delay?: string;
  readonly status?: number;
  readonly fail?: number;
  readonly body: string;
  readonly header?: readonly [string, string][];
  readonly verbose?: boolean;
  readonly output: 'table' | 'jsonl';
}

export function inboxCommand(finish: Finish): Command {
  return new Command('inbox')
    .description('Receive requests here, print them, and answer slowly, badly or well.')
    .option('--listen <address>', 'host:port', '127.0.0.1:7181')
    .option('--delay <time>', 'wait this long before each answer, such as 20s')
    .option('--status <n>', 'answer with this status', wholeNumber)
    .option('--fail <n>', 'answer the first n with 503 or --status, then 200', wholeNumber)
    .option('--body <text>', 'what to answer', 'ok\n')
    .option('--header <line>', "'Name: value' of the answers, may be repeated", headerLines)
    .option('-v, --verbose', 'print headers too')
    .addOption(
      new Option('-o, --output <format>', 'how to print')
        .choices(['table', 'jsonl'])
        .default('table'),
    )
    .action((flags: InboxFlags) => finish(receive(flags)));
}

async function receive(flags: InboxFlags): Promise<number> {
  const { receiveUntilStopped } = await import('./inbox-server.ts');
  return receiveUntilStopped(flags);
}
