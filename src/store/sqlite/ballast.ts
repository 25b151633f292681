// A file beside the store that is there to be removed: when the disk is full for everybody, its
// room is ours, and what has happened can still be written down. It is written in full, with bytes
// that no file system can make smaller, because a hole holds no room.

import { open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { limits } from '../../limits.ts';
import { fillNoise } from './noise.ts';

const PIECE_BYTES = 1_048_576;

export class Ballast {
  readonly #path: string;
  /** One step after the other. */
  #last: Promise<void> = Promise.resolve();
  #isKept: boolean | undefined;

  constructor(storePath: string) {
    this.#path = `${storePath}.ballast`;
  }

  /** Before the store is opened: a disk without room needs it now. */
  async giveUpIfNeeded(): Promise<void> {
    // A folder that is not there is told of by whoever opens the store.
    const disk = await statfs(dirname(this.#path)).catch(() => undefined);
    if (disk === undefined || disk.bavail * disk.bsize >= limits.diskOutcomesBytes) return;
    await this.reserve(false);
  }

  reserve(isKept: boolean): Promise<void> {
    const next = this.#last.then(() => this.#reserve(isKept));
    this.#last = next.catch(() => {});
    return next;
  }

  async #reserve(isKept: boolean): Promise<void> {
    if (this.#isKept === isKept) return;
    if (isKept) await this.#make();
    else await rm(this.#path, { force: true });
    this.#isKept = isKept;
  }

  async #make(): Promise<void> {
    const found = await stat(this.#path).catch(() => undefined);
    if (found?.size === limits.ballastBytes) return;
    const unfinished = `${this.#path}.new`;
    try {
      await write(unfinished, limits.ballastBytes);
      await rename(unfinished, this.#path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }
}

async function write(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    const piece = new Uint32Array(PIECE_BYTES / 4);
    for (let at = 0; at < bytes; at += PIECE_BYTES) {
      fillNoise(piece, at + 1);
      await file.write(new Uint8Array(piece.buffer, 0, Math.min(PIECE_BYTES, bytes - at)));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
