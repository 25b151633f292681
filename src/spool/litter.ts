// What writers leave behind that died before they gave their file its name.

import { lstat, opendir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../limits.ts';

/** Removes hidden temporary files that nobody has written to for an hour. */
export async function removeLitter(path: string, now: number): Promise<void> {
  for await (const { name } of await opendir(path)) {
    if (!name.startsWith('.tmp-')) continue;
    const file = join(path, name);
    const found = await lstat(file).catch(() => undefined);
    const isOld = found !== undefined && found.mtimeMs < now - limits.spoolLitterMs;
    // A folder of that name, or one that we may not remove, is not ours to worry about.
    if (isOld) await unlink(file).catch(() => {});
  }
}
