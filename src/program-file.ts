// Whether a program may be run at all: it is there, it is executable, and nobody but its owner and
// group may put another in its place. Asked when a configuration is read and again before each run,
// because files change in between.

import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const OTHERS_WRITE = 0o002;

export interface ProgramProblem {
  readonly kind: 'missing' | 'not_executable' | 'open_to_all';
  /** What is wrong, and with which file. */
  readonly message: string;
}

/** Undefined if it may be run. @param path absolute */
export function programProblem(path: string): ProgramProblem | undefined {
  const file = fileProblem(path);
  if (file !== undefined) return file;
  const real = realpathSync(path);
  const shared = [...new Set([real, dirname(real), dirname(path)])].find(isOpenToAll);
  if (shared === undefined) return undefined;
  const message = `Everybody may write to ${shared}, and so change what ${path} does`;
  return { kind: 'open_to_all', message };
}

/** As `programProblem`, whoever may write to it. */
export function fileProblem(path: string): ProgramProblem | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return { kind: 'missing', message: `There is no program ${path}` };
  const problem = { kind: 'not_executable', message: `${path} is no program that can be run` };
  if (!found.isFile()) return problem as ProgramProblem;
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch {
    return problem as ProgramProblem;
  }
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isOpenToAll(path: string): boolean {
  return (statSync(path).mode & OTHERS_WRITE) !== 0;
}
