// A small disk of its own: an ext4 image, mounted by a loop device. Only root can make one, and not
// everywhere; where it cannot be made there is none.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  /** Where it is mounted. */
  readonly path: string;
  /** Leaves not one free block. */
  fill(): void;
  /** Gives back what `fill` took. */
  makeRoom(): void;
  makeReadOnly(): void;
  unmount(): void;
}

export function mountSmallDisk(folder: string, bytes: number): SmallDisk | undefined {
  const image = join(folder, 'disk.img');
  const path = join(folder, 'disk');
  const filler = join(path, 'filler');
  try {
    mkdirSync(path);
    writeFileSync(image, '');
    truncateSync(image, bytes);
    run('mkfs.ext4', '-q', '-m', '0', image);
    run('mount', '-o', 'loop', image, path);
  } catch {
    return undefined;
  }
  return {
    path,
    fill() {
      const { bfree, bsize } = statfsSync(path);
      // Some blocks are kept back by the file system; whatever is left is taken by writing.
      run('fallocate', '-l', String(Math.floor(bfree * 0.95) * bsize), filler);
      try {
        writeFileSync(filler, Buffer.alloc(bfree * bsize * 0.06), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    makeRoom: () => rmSync(filler),
    makeReadOnly: () => run('mount', '-o', 'remount,ro', path),
    unmount: () => run('umount', path),
  };
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' });
}
