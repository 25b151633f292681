// Finds the server that a command speaks to: --server, else SENDOFF_URL, else the socket beside the
// store of this folder if it is there, else the default port. The token never stands on the command
// line, where everybody on the machine could read it.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { firstToken } from '../api/token-lines.ts';
import type { Client } from '../client.ts';

export interface ServerFlags {
  readonly server?: string;
  readonly tokenFile?: string;
}

export const DEFAULT_LISTEN = '127.0.0.1:7180';
export const DEFAULT_STORE = './sendoff.db';

export function addServerFlags(command: Command): Command {
  return command
    .option('--server <url>', 'http://host:port or unix:/path (else SENDOFF_URL)')
    .option('--token-file <file>', 'file with the server’s token (else SENDOFF_TOKEN)');
}

export async function serverUrl({ server }: Pick<ServerFlags, 'server'>): Promise<string> {
  const given = server ?? process.env.SENDOFF_URL;
  if (given !== undefined && given !== '') return given;
  const socketPath = await socketBeside(process.env.SENDOFF_STORE || DEFAULT_STORE);
  return existsSync(socketPath) ? `unix:${socketPath}` : `http://${DEFAULT_LISTEN}`;
}

/** Where the owner of a store answers, if there is one. */
export async function socketBeside(store: string): Promise<string> {
  const { socketPathOf } = await import('../store/sqlite/lock.ts');
  return socketPathOf(resolve(store));
}

/** Of a server: each token on a line of its own. */
export function tokenFrom({ tokenFile }: Pick<ServerFlags, 'tokenFile'>): string | undefined {
  if (tokenFile !== undefined) return readFileSync(tokenFile, 'utf8').trim();
  return process.env.SENDOFF_TOKEN || undefined;
}

/** Runs `use` with a client, and closes it whatever happens. */
export async function withClient<Value>(
  flags: ServerFlags,
  use: (client: Client) => Promise<Value>,
): Promise<Value> {
  const { openClient } = await import('../client.ts');
  const tokens = tokenFrom(flags);
  const token = tokens && firstToken(tokens);
  await using client = openClient(await serverUrl(flags), { token });
  return await use(client);
}
