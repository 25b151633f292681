// Each connection is an open file, and the system bounds them: callers, attempts and the store have
// to get along with what there is.

import { readFileSync } from 'node:fs';

/** What callers may have of the open files, and what attempts may; the store needs the rest. */
const SHARE = 4;

/** `most`, or fewer where the limit of open files is low. */
export function fitOpenFiles(most: number): number {
  return Math.min(most, Math.max(1, Math.floor(openFiles() / SHARE)));
}

/** Files that this process may have open, where the system tells. */
function openFiles(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    // Not Linux.
    return Number.POSITIVE_INFINITY;
  }
}
