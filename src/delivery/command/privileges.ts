// Words that go before a command to change what it may: another user, a memory limit, and that it
// dies with this process. They are small programs of util-linux, which every Linux has; where one
// is missing that a command's configuration needs, the server does not start.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { SendoffError } from '../../errors.ts';
import type { CommandRule } from '../../job/named-command.ts';

const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** What these programs say when they do not get as far as the next word. */
export const PREFIX_FAILED: RegExp = /^(setpriv|prlimit): /;

function find(program: string): string | undefined {
  return FOLDERS.map((folder) => `${folder}/${program}`).find((path) => existsSync(path));
}

const setpriv = find('setpriv');
const prlimit = find('prlimit');

/** `prefix` goes between the launcher and the program. */
export function privileges(
  rule: CommandRule | undefined,
  { hasMemoryLimit }: { readonly hasMemoryLimit: boolean },
): readonly string[] {
  const memory = rule?.memoryBytes;
  const limit = memory === undefined || hasMemoryLimit ? [] : [prlimit ?? '', `--as=${memory}`];
  if (setpriv === undefined) return limit;
  return [...limit, setpriv, '--pdeathsig', 'KILL', ...identity(rule), '--'];
}

function identity({ user, group }: Partial<CommandRule> = {}): string[] {
  if (user === undefined && group === undefined) return [];
  const ids = user === undefined ? [] : ['--reuid', user];
  const mainGroup = group ?? (user === undefined ? '' : idOf(['-g', user]));
  return [...ids, '--regid', mainGroup, '--clear-groups'];
}

/** @throws SendoffError `invalid_config` for a rule that cannot be kept here */
export function checkPrivileges(
  { name, user, group, memoryBytes }: CommandRule,
  { hasMemoryLimit }: { readonly hasMemoryLimit: boolean },
): void {
  const refuse = (field: string, why: string): never => {
    const message = `\`commands.${name}.${field}\` cannot be kept: ${why}`;
    throw new SendoffError('invalid_config', message, { field: `commands.${name}.${field}` });
  };
  if (memoryBytes !== undefined && !hasMemoryLimit && prlimit === undefined) {
    refuse('memory', 'there is no memory controller here, and no prlimit');
  }
  if (user === undefined && group === undefined) return;
  const field = user === undefined ? 'group' : 'user';
  if (process.getuid?.() !== 0) refuse(field, 'this process does not run as root');
  if (setpriv === undefined) refuse(field, 'there is no setpriv');
  try {
    if (user !== undefined) idOf(['-u', user]);
  } catch {
    refuse('user', `there is no user ${user}`);
  }
  try {
    // Tried once with a program that does nothing: a group that is not there, a right that is not.
    const words = [...identity({ user, group }), '--', '/bin/true'];
    execFileSync(setpriv ?? '', words, { stdio: 'pipe' });
  } catch (error) {
    refuse(field, String((error as { readonly stderr?: unknown }).stderr ?? error).trim());
  }
}

const ids = new Map<string, string>();

function idOf(words: readonly string[]): string {
  const key = words.join(' ');
  const id =
    ids.get(key) ?? execFileSync('/usr/bin/id', words, { stdio: 'pipe' }).toString().trim();
  ids.set(key, id);
  return id;
}
