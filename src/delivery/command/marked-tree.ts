// Finds the processes of a command by a mark in their environment, which children inherit. This is
// the weaker way: a program that starts another with an empty environment, or writes over its own,
// is not found. Linux only, as it reads /proc.

import { readdir, readFile } from 'node:fs/promises';
import { type ProcessTree, type ProcessTrees, signal } from './process-tree.ts';

/** The variable with the mark: `<store>:<job>:<attempt>`. */
export const MARK = 'SENDOFF_MARK';

const AT_ONCE = 32;
/** Where new processes begin all the time, we do not look for ever. */
const MOST_LOOKS = 100;

export function markedTrees(store: string): ProcessTrees {
  return {
    kind: 'mark',
    open: (mark) => markedTree(`${MARK}=${mark}\0`),
    leftovers: () => markedTree(`${MARK}=${store}:`),
    hasMemoryLimit: false,
    close: () => {},
  };
}

/** @param text stands in the environment of each, after a NUL or at its beginning */
function markedTree(text: string): ProcessTree {
  const pids = (): Promise<number[]> => marked(text);
  return {
    launcher: [],
    pids,
    async kill() {
      for (const pid of await pids()) signal(pid, 'SIGKILL');
    },
    remove: () => {},
  };
}

/**
 * Looks until nobody is new: a process that ended while we looked may have left a child, as those
 * do that become daemons.
 */
async function marked(text: string): Promise<number[]> {
  const seen = new Set([process.pid]);
  const found: number[] = [];
  for (let look = 0; look < MOST_LOOKS; look++) {
    const fresh = (await processes()).filter((pid) => !seen.has(pid));
    if (fresh.length === 0) break;
    for (const pid of fresh) seen.add(pid);
    found.push(...(await withMark(fresh, text)));
  }
  return found;
}

async function processes(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function withMark(pids: readonly number[], text: string): Promise<number[]> {
  const found: number[] = [];
  for (let at = 0; at < pids.length; at += AT_ONCE) {
    const some = pids.slice(at, at + AT_ONCE);
    const have = await Promise.all(some.map((pid) => hasMark(pid, text)));
    found.push(...some.filter((_, index) => have[index]));
  }
  return found;
}

async function hasMark(pid: number, text: string): Promise<boolean> {
  try {
    const path = `/proc/${pid}/environ`;
    // It is empty for the moment in which a process becomes another program.
    const environment = (await readFile(path, 'latin1')) || (await readFile(path, 'latin1'));
    return environment.startsWith(text) || environment.includes(`\0${text}`);
  } catch {
    // Gone, or another user's.
    return false;
  }
}
