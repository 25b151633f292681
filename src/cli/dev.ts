// `sendoff dev`: everything that is needed to see a page hand its requests over, in one process: a
// server with a publishable route, a receiver behind it, and a page that uses the browser client.

import { Command } from 'commander';
import type { Finish } from './arguments.ts';
import { DEFAULT_LISTEN } from './connect.ts';

export interface DevFlags {
  readonly listen: string;
  readonly page: string;
  readonly inbox: string;
  readonly store?: string;
  readonly delay: string;
}

export function devCommand(finish: Finish): Command {
  return new Command('dev')
    .description(
      'Try sendoff from a web page: a server, a receiver and a page, all of this machine.',
    )
    .option('--listen <address>', 'host:port of the server', DEFAULT_LISTEN)
    .option('--page <address>', 'host:port of the page', '127.0.0.1:7182')
    .option('--inbox <address>', 'host:port of the receiver', '127.0.0.1:7181')
    .option('--store <file>', 'the data (default: a folder that is removed at the end)')
    .option('--delay <time>', 'how long the receiver takes for each answer', '2s')
    .action((flags: DevFlags) => finish(tryOut(flags)));
}

async function tryOut(flags: DevFlags): Promise<number> {
  const { devUntilStopped } = await import('./dev-server.ts');
  return devUntilStopped(flags);
}
