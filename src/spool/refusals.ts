// What was left in the spool and can never become a job is moved to `refused/`, with the reason
// beside it, and said as an event. Nothing is thrown away at once: moved back, a file is taken
// again. The folder is ours alone, so that nobody can lead our files elsewhere.

import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../limits.ts';
import type { Refusal } from './read-file.ts';
import type { SpoolParts } from './spool-parts.ts';

export interface Refusals {
  /** False if the file could not be moved: it stays where it is. */
  add(name: string, refusal: Refusal): Promise<boolean>;
}

const REASON = '.reason.json';

export function createRefusals({ path, clock, log, engine }: SpoolParts): Refusals {
  const folder = join(path, 'refused');
  /** Files that could not be moved, and when that is worth another try. */
  const immovable = new Map<string, number>();
  const say = (name: string, { code, detail }: Refusal): void =>
    engine.announce({ type: 'spool.refused', file: name, error: code, detail });
  return {
    async add(name, refusal) {
      const now = clock.now();
      if (now < (immovable.get(name) ?? now)) return false;
      try {
        await makeOwn(folder);
        await forget(folder, now);
        const kept = await keptName(folder, { name, id: clock.id() });
        await rename(join(path, name), join(folder, kept));
        const reason = { at: new Date(now).toISOString(), ...refusal };
        const reasonPath = join(folder, kept.replace(/\.json$/, REASON));
        // Whole or not at all, for whoever waits for it.
        const unfinished = join(folder, `.${kept}${REASON}`);
        await rm(unfinished, { force: true });
        await writeFile(unfinished, `${JSON.stringify(reason)}\n`, { flag: 'wx', mode: 0o640 });
        await rename(unfinished, reasonPath);
        immovable.delete(name);
        say(kept, refusal);
        return true;
      } catch (error) {
        if (immovable.size < limits.spoolFiles) immovable.set(name, now + limits.spoolAgainMs);
        const why = { file: join(path, name), ...refusal, err: error };
        log('error', 'A refused job stays in the spool', why);
        return false;
      }
    },
  };
}

/** @throws Error if the folder is a link or somebody else's */
async function makeOwn(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.geteuid?.()) {
    throw new Error(`Expected ${folder} to be a folder of our own`);
  }
}

/**
 * Its own name, unless that is taken (a folder could not be replaced), would be taken for a reason,
 * or leaves no room for the reason's.
 */
async function keptName(
  folder: string,
  { name, id }: { readonly name: string; readonly id: string },
): Promise<string> {
  if (name.endsWith(REASON) || Buffer.byteLength(name) > MOST_NAME_BYTES) return `${id}.json`;
  const taken = await lstat(join(folder, name)).catch(() => undefined);
  return taken === undefined ? name : `${id}-${name}`;
}

/** File systems take 255: this leaves room for an id before it and more behind it. */
const MOST_NAME_BYTES = 200;

/** Makes room: what was refused longest ago goes first. */
async function forget(folder: string, now: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith(REASON));
  if (names.length < limits.spoolRefused) return;
  const dated = await Promise.all(
    names.map(async (name) => {
      const found = await lstat(join(folder, name)).catch(() => undefined);
      return { name, at: found?.ctimeMs ?? now };
    }),
  );
  dated.sort((one, other) => one.at - other.at);
  // A tenth at a time, so that the folder is not looked through for each newcomer.
  for (const { name } of dated.slice(0, Math.ceil(limits.spoolRefused / 10))) {
    const options = { recursive: true, force: true };
    await rm(join(folder, name), options);
    await rm(join(folder, name.replace(/\.json$/, REASON)), options);
  }
}
