// How much room the store takes and has left. The files are only looked at by name: opening the
// database with `fs` and closing it again would give up SQLite's locks.

import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StoreSizes } from '../store.ts';

export async function sizes(
  path: string,
  pages: Pick<StoreSizes, 'bytes' | 'reusableBytes'>,
): Promise<StoreSizes> {
  const [wal, disk] = await Promise.all([
    stat(`${path}-wal`).catch(() => ({ size: 0 })),
    statfs(dirname(path)),
  ]);
  return {
    ...pages,
    walBytes: wal.size,
    freeDiskBytes: disk.bavail * disk.bsize,
    diskBytes: disk.blocks * disk.bsize,
  };
}
