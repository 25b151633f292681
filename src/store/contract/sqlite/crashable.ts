// A store for tests that can be found again as after a crash: the files are copied as the kernel
// has them at that moment, with nothing closed or folded in. Another process copies them, because
// opening a database with `fs` and closing it would give up SQLite's locks in ours.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  openSqliteStore,
  type SqliteStore,
  type SqliteStoreOptions,
} from '../../sqlite/sqlite-store.ts';
import type { Opened } from '../sample.ts';

const run = promisify(execFile);

export async function openCrashable(options: SqliteStoreOptions = {}): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'sendoff-store-'));
  const opened: SqliteStore[] = [];
  const open = async (path: string): Promise<SqliteStore> => {
    const store = await openSqliteStore(path, options);
    opened.push(store);
    return store;
  };
  return {
    store: await open(join(folder, '0.db')),
    async reopen() {
      const last = opened.length - 1;
      const names = (await readdir(folder)).filter((name) => name.startsWith(`${last}.db`));
      // The shared memory file is of no use to another process after a crash.
      const kept = names.filter((name) => !name.endsWith('-shm'));
      for (const name of kept) {
        const copy = name.replace(`${last}.db`, `${last + 1}.db`);
        await run('cp', [join(folder, name), join(folder, copy)]);
      }
      return open(join(folder, `${last + 1}.db`));
    },
    async cleanup() {
      for (const store of opened) await store.close();
      await rm(folder, { recursive: true });
    },
  };
}
