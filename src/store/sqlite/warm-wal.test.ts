import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { limits } from '../../limits.ts';
import { Database } from './driver.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { warmWal } from './warm-wal.ts';

const folder = mkdtempSync(join(tmpdir(), 'sendoff-warm-wal-'));
after(() => rmSync(folder, { recursive: true }));

function database(name: string): Database {
  const opened = new Database(join(folder, name));
  opened.exec('pragma journal_mode = wal; pragma wal_autocheckpoint = 0');
  opened.exec('create table chunk (bodyId, part, isLast, data blob)');
  return opened;
}

test('a store that has just been opened has its WAL at its size', async () => {
  const store = await openSqliteStore(join(folder, 'a.db'));
  const { bytes, walBytes } = await store.sizes();
  await store.close();
  assert.ok(walBytes >= limits.warmWalBytes, `it has ${walBytes} bytes`);
  assert.ok(bytes < limits.warmWalBytes, `the database has ${bytes} bytes`);
});

test('nothing of it is kept, and the cache is as large as before', () => {
  const warmed = database('b.db');
  warmed.exec('pragma cache_size = -1234');
  warmWal(warmed);
  assert.deepEqual(warmed.ask('select count(*) from chunk'), [0]);
  assert.deepEqual(warmed.ask('pragma cache_size'), [-1234]);
  warmed.exec('insert into chunk values (1, 0, 1, null)');
  warmed.close();
  const again = new Database(join(folder, 'b.db'));
  assert.deepEqual(again.ask('select count(*) from chunk'), [1]);
  again.close();
});

test('where there is no room it does nothing', () => {
  const full = database('c.db');
  full.exec('pragma max_page_count = 20');
  warmWal(full);
  full.exec('insert into chunk values (1, 0, 1, null)');
  full.close();
});
