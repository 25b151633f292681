// One file has many names; its lock, socket and side files go by the one without links.

import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** The absolute path of a store, links followed as far as they exist. */
export function realStorePath(path: string): string {
  const absolute = resolve(path);
  return (
    follow(absolute) ?? join(follow(dirname(absolute)) ?? dirname(absolute), basename(absolute))
  );
}

function follow(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // Not there yet, or its folder is missing: whoever opens it says so.
    return undefined;
  }
}
