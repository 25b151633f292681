// `sendoff serve`: a server over a store, until it is told to stop. The first signal lets attempts
// end, the second cuts them; both are safe, because everything that matters is on disk.

import { Command, InvalidArgumentError, Option } from 'commander';
import { CONFIG_NAMES } from '../config/read-config.ts';
import { parseDuration } from '../job/duration.ts';
import type { RunningServer, ServeOptions } from '../open.ts';
import { collected, type Finish, wholeNumber } from './arguments.ts';
import { commandsFrom } from './command-flag.ts';
import { complaint } from './complaint.ts';
import { openConfig } from './config.ts';
import { DEFAULT_LISTEN, DEFAULT_STORE, tokenFrom } from './connect.ts';
import { unknownVariables } from './environment.ts';
import { exitCodes, serverExitCodeOf } from './exit-code.ts';
import { type Level, levels, openLog } from './log.ts';
import { print, say, styled } from './output.ts';
import { plainLine } from './plain-text.ts';
import { sizeInput } from './size-input.ts';
import { span } from './span.ts';

interface Flags {
  readonly listen?: readonly string[];
  readonly listenPublic?: readonly string[];
  readonly store?: string;
  readonly config?: string;
  readonly host?: readonly string[];
  readonly socketMode?: number;
  readonly socketGroup?: string;
  readonly spool?: string;
  readonly tokenFile?: string;
  readonly egressPrivate?: 'yes' | 'no';
  readonly egressAllow?: readonly string[];
  readonly maxBody?: number;
  readonly command?: readonly string[];
  readonly anyCommand?: boolean;
  readonly commandsAtOnce?: number;
  readonly commitQueue?: number;
  readonly drain: string;
  readonly logLevel: Level;
}

export function serveCommand(finish: Finish): Command {
  const several = (flags: string, description: string, env: string): Option =>
    new Option(flags, `${description}, may be repeated`).env(env).argParser(listed);
  const one = (flags: string, description: string, env: string): Option =>
    new Option(flags, description).env(env);
  const command = new Command('serve')
    .description('Serve the HTTP API over a store.')
    .addOption(
      several('--listen <address>', `host:port (default ${DEFAULT_LISTEN})`, 'SENDOFF_LISTEN'),
    )
    .addOption(
      several('--listen-public <address>', 'for publishable routes alone', 'SENDOFF_LISTEN_PUBLIC'),
    )
    .addOption(one('--store <file>', `the data (default ${DEFAULT_STORE})`, 'SENDOFF_STORE'))
    .addOption(
      one('--config <file>', `(default ${CONFIG_NAMES.join(' or ')}, if there)`, 'SENDOFF_CONFIG'),
    )
    .addOption(several('--host <name>', 'a further name of this server', 'SENDOFF_HOST'))
    .addOption(
      new Option('--socket-mode <mode>', 'permissions of the socket beside the store, such as 660')
        .env('SENDOFF_SOCKET_MODE')
        .argParser(octalMode),
    )
    .addOption(one('--socket-group <group>', 'group of that socket', 'SENDOFF_SOCKET_GROUP'))
    .addOption(one('--spool <folder>', 'jobs left for us (default <store>.spool)', 'SENDOFF_SPOOL'))
    .addOption(
      one('--token-file <file>', 'has the token that callers must show', 'SENDOFF_TOKEN_FILE'),
    )
    .addOption(
      new Option('--egress-private <answer>', 'may jobs call private addresses?')
        .choices(['yes', 'no'])
        .env('SENDOFF_EGRESS_PRIVATE'),
    )
    .addOption(several('--egress-allow <what>', 'address, CIDR or host', 'SENDOFF_EGRESS_ALLOW'))
    .option('--command <line>', 'name=program argument …, may be repeated', collected)
    .option('--any-command', 'callers over the socket may run any program')
    .addOption(
      one(
        '--commands-at-once <n>',
        'default: one for each core',
        'SENDOFF_COMMANDS_AT_ONCE',
      ).argParser(wholeNumber),
    )
    .addOption(
      new Option('--log-level <level>').choices(levels).env('SENDOFF_LOG_LEVEL').default('info'),
    )
    .action((flags: Flags) => finish(serveUntilStopped(flags)));
  return addBounds(command);
}

function addBounds(command: Command): Command {
  return command
    .addOption(
      new Option('--max-body <size>', 'largest request body and answer (default 100MiB)')
        .env('SENDOFF_MAX_BODY')
        .argParser(sizeInput),
    )
    .addOption(
      new Option(
        '--commit-queue <jobs>',
        'that may wait for the disk; more are refused (default 50000)',
      )
        .env('SENDOFF_COMMIT_QUEUE')
        .argParser(wholeNumber),
    )
    .addOption(
      new Option('--drain <time>', 'how long attempts may go on when stopping')
        .env('SENDOFF_DRAIN')
        .default('30s'),
    );
}

/** In a variable several values are apart by commas. */
function listed(text: string, before?: readonly string[]): readonly string[] {
  const values = text.split(',').map((value) => value.trim());
  return values
    .filter((value) => value !== '')
    .reduce((all, each) => collected(each, all), before ?? []);
}

function octalMode(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  throw new InvalidArgumentError('Expected permissions such as 660.');
}

async function serveUntilStopped(flags: Flags): Promise<number> {
  warn();
  try {
    const drainMs = parseDuration(flags.drain, { field: 'drain' });
    const { serve } = await import('../open.ts');
    let server: RunningServer | undefined;
    const config = await openConfig(flags.config, (next) => server?.checkConfig(next));
    const options = await optionsFrom(flags);
    // One that comes while the server starts must not end it.
    process.on('SIGHUP', config.reload);
    server = await serve({ ...options, config: config.current });
    await print(greeting(server, options));
    await stopped(server, drainMs);
    process.off('SIGHUP', config.reload);
    return exitCodes.done;
  } catch (error) {
    process.stderr.write(complaint(error));
    return serverExitCodeOf(error);
  }
}

function warn(): void {
  if (process.getuid?.() === 0) say('Warning: running as root; a user of its own is safer.');
  for (const name of unknownVariables(process.env)) {
    say(`Warning: ${plainLine(name)} is no variable of sendoff; it is ignored.`);
  }
}

async function optionsFrom(flags: Flags): Promise<ServeOptions> {
  const { listen, listenPublic, store, host, socketMode, socketGroup, spool } = flags;
  const { egressPrivate, egressAllow, maxBody, command = [], anyCommand, commandsAtOnce } = flags;
  const { commitQueue } = flags;
  const token = tokenFrom(flags);
  return {
    store: store || DEFAULT_STORE,
    listen: listen !== undefined && listen.length > 0 ? listen : [DEFAULT_LISTEN],
    log: await openLog(flags.logLevel),
    ...(listenPublic !== undefined && { listenPublic }),
    ...(token !== undefined && { token }),
    ...(host !== undefined && { hostNames: host }),
    ...(socketMode !== undefined && { socketMode }),
    ...(socketGroup && { socketGroup }),
    ...(spool && { spool }),
    ...(egressPrivate !== undefined && { egressPrivate: egressPrivate === 'yes' }),
    ...(egressAllow !== undefined && { egressAllow }),
    ...(command.length > 0 && { commands: commandsFrom(command) }),
    ...(anyCommand !== undefined && { anyCommand }),
    ...(commandsAtOnce !== undefined && { commandsAtOnce }),
    ...(commitQueue !== undefined && { commitQueue }),
    ...(maxBody !== undefined && { requestBodyBytes: maxBody, responseBodyBytes: maxBody }),
  };
}

function greeting(server: RunningServer, { token }: ServeOptions): string {
  const { urls, publicUrls, socketPath, store } = server;
  const target = 'http://127.0.0.1:7181/x';
  const header = token === undefined ? '' : ' -H "Authorization: Bearer $SENDOFF_TOKEN"';
  const lines: [string, string][] = [
    ...urls.map((url): [string, string] => ['listening', url]),
    ...publicUrls.map((url): [string, string] => ['public', url]),
    ['socket', socketPath],
    ['data', store],
    ['try', `sendoff inbox --delay 20s`],
    ['', `curl -i '${urls[0]}/v1/to?url=${target}' -d hello${header}`],
  ];
  return lines.map(([name, value]) => `${styled('dim', name.padEnd(10))}${value}\n`).join('');
}

/** Resolves when a signal has come and the server is down. */
async function stopped(server: RunningServer, drainMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let signals = 0;
  const stop = (): void => {
    signals++;
    if (signals === 1) {
      say(`Stopping: attempts get up to ${span(drainMs)} to end; a second signal cuts them.`);
      server.close({ drainMs }).then(resolve, reject);
    } else if (signals === 2) {
      say('Cutting what is under way; it will be tried again after the next start.');
      server.close({ drainMs: 0 }).then(resolve, reject);
    } else process.exit(exitCodes.interrupted);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await promise;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
  say('Stopped. Everything accepted is on disk.');
}
