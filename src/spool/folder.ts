// The folder itself. Whoever may write into it may hand over jobs, as whoever may open the socket;
// so it is made with the socket's group, and one that everybody may write into is not used.

import type { Stats } from 'node:fs';
import { chmod, chown, lstat, mkdir, opendir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { groupId } from '../group-id.ts';
import { limits } from '../limits.ts';

export interface NewFolder {
  /** Permissions of the socket, if the operator gave any: whose group may write, may write here. */
  readonly socketMode?: number;
  /** Group of the socket, which may write here too: its name or number. */
  readonly socketGroup?: string;
}

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const SET_GROUP_AND_STICKY = 0o3000;

/**
 * Makes the folder if it is missing, and gives it what the operator asked for. With a group of its
 * own, what is made in it belongs to that group, and only a file's owner may rename it.
 */
export async function makeFolder(path: string, folder: NewFolder): Promise<void> {
  const { socketMode, socketGroup } = folder;
  const isNew = await made(path);
  if (!isNew && socketMode === undefined && socketGroup === undefined) return;
  // What follows would follow a link that somebody has put in its place.
  await refuseForeign(path);
  if (socketGroup !== undefined) await chown(path, -1, await groupId(socketGroup));
  const isShared = socketMode === undefined || (socketMode & GROUP_WRITES) !== 0;
  const mode = isShared ? 0o770 : 0o700;
  await chmod(path, socketGroup === undefined ? mode : mode | SET_GROUP_AND_STICKY);
}

async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** @throws Error if strangers could have made the folder, or may write into it */
export async function refuseUnsafe(path: string): Promise<void> {
  const { mode } = await refuseForeign(path);
  if ((mode & OTHERS_WRITE) === 0) return;
  throw new Error(`Expected that not everybody may write into ${path}`);
}

async function refuseForeign(path: string): Promise<Stats> {
  const folder = await lstat(path);
  if (!folder.isDirectory()) throw new Error(`Expected a folder at ${path}`);
  const isOurs = folder.uid === process.geteuid?.() || folder.uid === 0;
  const above = await lstat(dirname(path));
  if (!isOurs && (above.mode & OTHERS_WRITE) !== 0) {
    throw new Error(`Expected ${path} to be ours: everybody may make a folder there`);
  }
  return folder;
}

/** Names of jobs, in order; the rest, if there are more than may be there, another time. */
export async function jobNames(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(path, { bufferSize: 1_024 })) {
    if (name.startsWith('.') || !name.endsWith('.json')) continue;
    names.push(name);
    if (names.length >= limits.spoolFiles) break;
  }
  return names.sort();
}
