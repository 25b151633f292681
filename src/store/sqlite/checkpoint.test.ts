import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '../../limits.ts';
import { checkpoints } from './checkpoint.ts';
import { Database } from './driver.ts';
import type { Failure } from './failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'sendoff-checkpoint-'));
after(() => rmSync(folder, { recursive: true }));

/** A database with a long WAL. */
function busyDatabase(name: string): { database: Database; path: string } {
  const path = join(folder, name);
  const database = new Database(path);
  database.exec('pragma journal_mode = wal; pragma wal_autocheckpoint = 0');
  database.exec('create table t (x blob)');
  database.exec(`insert into t values (zeroblob(${limits.walPages * 4_096}))`);
  return { database, path };
}

function pagesLeft(database: Database): number {
  const [, written, folded] = database.ask<[number, number, number]>(
    'pragma wal_checkpoint(noop)',
  )!;
  return written - folded;
}

async function foldedIn(database: Database): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (pagesLeft(database) > 0) {
    assert.ok(performance.now() < deadline, 'the WAL is not folded in');
    await pause(5);
  }
}

test('a checkpointer that cannot open the database is done without', async () => {
  const { database } = busyDatabase('a.db');
  const failures: Failure[] = [];
  const nowhere = join(folder, 'no', 'such.db');
  const wal = checkpoints(database, nowhere, (failure) => failures.push(failure));
  for (let commit = 0; commit < 100; commit++) wal.afterCommit();
  await foldedIn(database);
  assert.deepEqual(failures, []);
  await wal.stop();
  database.close();
});

test('a stop does not wait for a checkpointer that has gone', { timeout: 20_000 }, async () => {
  const { database } = busyDatabase('b.db');
  const wal = checkpoints(database, join(folder, 'no', 'such.db'), () => {});
  for (let commit = 0; commit < 100; commit++) wal.afterCommit();
  await wal.stop();
  await wal.stop();
  database.close();
});

test('a long WAL is folded in beside the writer, and the checkpointer ends', async () => {
  const { database, path } = busyDatabase('c.db');
  const failures: Failure[] = [];
  const wal = checkpoints(database, path, (failure) => failures.push(failure));
  for (let commit = 0; commit < 100; commit++) wal.afterCommit();
  await foldedIn(database);
  await wal.stop();
  assert.deepEqual(failures, []);
  database.close();
});
