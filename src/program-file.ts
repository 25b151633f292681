// Whether a program may be run at all: it is there, it is executable, and nobody but its owner and
// group may put another in its place. Asked when a configuration is read and again before each run,
// because files change in between.

import { accessSync, constants, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';

const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

export interface ProgramProblem {
  readonly kind: 'missing' | 'not_executable' | 'open_to_all';
  /** What is wrong, and with which file. */
  readonly message: string;
}

/** Undefined if it may be run. @param path absolute */
export function programProblem(path: string): ProgramProblem | undefined {
  const file = fileProblem(path);
  if (file !== undefined) return file;
  const shared = openToAll(path);
  if (shared === undefined) return undefined;
  const message = `Everybody may write to ${shared}, and so change what ${path} does`;
  return { kind: 'open_to_all', message };
}

/**
 * What everybody may write to: the file that a path leads to, its folder, or that of a link; or a
 * folder above them, from which theirs could be moved away.
 */
export function openToAll(path: string): string | undefined {
  const real = realpathSync(path);
  const near = [real, dirname(real), dirname(path)];
  const open = near.find((each) => (statSync(each).mode & OTHERS_WRITE) !== 0);
  return open ?? near.flatMap(above).find(isMovable);
}

function above(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...above(folder)];
}

/** In a sticky folder, such as /tmp, each moves only what is theirs. */
function isMovable(folder: string): boolean {
  return (statSync(folder).mode & (OTHERS_WRITE | STICKY)) === OTHERS_WRITE;
}

/** As `programProblem`, whoever may write to it. */
export function fileProblem(path: string): ProgramProblem | undefined {
  const found = look(path);
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
  return look(path)?.isDirectory() ?? false;
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    // Not there, or nowhere that we may look: a link that leads to itself, a name too long.
    return undefined;
  }
}
