// `--command 'backup=php /srv/backup.php'`: one named command without a configuration file. The
// text is split into words as a shell would, and that is all: nothing is expanded.

import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';

interface Words {
  readonly program: string;
  readonly args: readonly string[];
}

/** @throws InvalidArgumentError for what is no `name=program …` */
export function commandsFrom(flags: readonly string[]): Readonly<Record<string, Words>> {
  return Object.fromEntries(flags.map(commandFrom));
}

function commandFrom(flag: string): [name: string, command: Words] {
  const at = flag.indexOf('=');
  const [program, ...args] = splitWords(flag.slice(at + 1));
  if (at < 1 || program === undefined) {
    throw new InvalidArgumentError(`Expected 'name=program argument …', got '${flag}'.`);
  }
  return [flag.slice(0, at), { program: findProgram(program), args }];
}

/** A bare name is looked up in PATH now, so that a later PATH changes nothing. */
export function findProgram(program: string): string {
  if (program.includes('/')) return resolve(program);
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const found = folders.map((folder) => join(folder, program)).find(isExecutable);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`There is no program '${program}' in PATH.`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// A quoted part, a character after a backslash, or plain characters; one word has any number.
const PART = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gsy;
const SPACE = /\s*/y;

/** Words with quotes and backslashes, as a shell reads them; no variables, no patterns. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    let word = '';
    for (let part = partAt(text, at); part; part = partAt(text, at)) {
      word += part[1] ?? part[2]?.replace(/\\(["\\$`])/g, '$1') ?? part[3] ?? part[4] ?? '';
      at += part[0].length;
    }
    const next = skipSpace(text, at);
    if (next === at && at < text.length) {
      throw new InvalidArgumentError(`Expected a closing quote in '${text}'.`);
    }
    words.push(word);
    at = next;
  }
  return words;
}

function partAt(text: string, at: number): RegExpExecArray | null {
  PART.lastIndex = at;
  return PART.exec(text);
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(text)?.[0].length ?? 0);
}
