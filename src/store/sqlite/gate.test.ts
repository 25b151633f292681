import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { claimed, DAY, final, NOW, newJob, record, succeeded } from '../contract/sample.ts';
import { Database } from './driver.ts';
import { compareVersions } from './gate.ts';
import { applicationId, schemaVersion } from './schema.ts';
import { openSqliteStore } from './sqlite-store.ts';

const run = promisify(execFile);
/** Where the header of a database counts its pages. */
const PAGES_AT = 28;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sendoff-gate-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Refused, and nothing in the folder is different afterwards. */
async function refused(folder: string, name: string, code: string): Promise<void> {
  const before = await fingerprint(folder);
  await assert.rejects(openSqliteStore(join(folder, name)), (error: Error & { code: string }) => {
    assert.equal(error.code, code);
    assert.ok(error.message.includes(join(folder, name)), error.message);
    return true;
  });
  assert.deepEqual(await fingerprint(folder), before);
}

async function fingerprint(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((each) => each.isFile());
  const files = names.map(async ({ name }) => {
    const hash = createHash('sha256').update(await readFile(join(folder, name)));
    return `${name} ${hash.digest('hex')}`;
  });
  return (await Promise.all(files)).sort();
}

function makeDatabase(path: string, sql: string): void {
  const database = new Database(path);
  database.exec(sql);
  database.close();
}

test('a file that is no database is refused and left alone', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'text'), 'Dear diary, today I was not a database.\n'.repeat(20));
    await writeFile(join(folder, 'picture'), Buffer.from('89504e470d0a1a0a'.repeat(12), 'hex'));
    await refused(folder, 'text', 'not_a_sendoff_store');
    await refused(folder, 'picture', 'not_a_sendoff_store');
  }));

test('the database of another program is refused and left alone, in WAL mode too', () =>
  inFolder(async (folder) => {
    makeDatabase(join(folder, 'plain'), 'create table t (a)');
    makeDatabase(join(folder, 'other'), 'pragma application_id = 77; create table t (a)');
    makeDatabase(join(folder, 'wal'), 'pragma journal_mode = wal; create table t (a)');
    for (const name of ['plain', 'other', 'wal'])
      await refused(folder, name, 'not_a_sendoff_store');
  }));

test('a folder, and a file in a missing folder, are refused', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'sub'));
    await refused(folder, 'sub', 'not_a_sendoff_store');
    await refused(folder, 'missing/s.db', 'not_a_sendoff_store');
  }));

test('a store of a newer version is refused and left alone', () =>
  inFolder(async (folder) => {
    const path = join(folder, 's.db');
    await (await openSqliteStore(path)).close();
    makeDatabase(path, `pragma user_version = ${schemaVersion + 1}`);
    await refused(folder, 's.db', 'store_too_new');
  }));

test('a newer version that stands only in the WAL is seen', () =>
  inFolder(async (folder) => {
    const path = join(folder, 's.db');
    await (await openSqliteStore(path)).close();
    const database = new Database(path);
    database.exec(`pragma wal_autocheckpoint = 0; pragma user_version = ${schemaVersion + 1}`);
    await assert.rejects(openSqliteStore(path), { code: 'store_too_new' });
    database.close();
  }));

test('a store of an earlier version gets the tables of this one, and keeps its jobs', () =>
  inFolder(async (folder) => {
    const path = join(folder, 's.db');
    const store = await openSqliteStore(path);
    await store.rescue({ now: NOW, keepFailedMs: DAY });
    const job = newJob({ seq: 1 });
    await store.append([job]);
    await store.close();
    makeDatabase(
      path,
      `drop table jobGroup; drop table groupJob;
      drop index doneByCause; drop table cause; alter table done drop column cause;
      drop table setting; drop index todoOrdered; drop index todoBegun;
      alter table done drop column clock;
      drop table bulk; drop table bodyShare;
      alter table response drop column exit; pragma user_version = 1`,
    );
    const next = await openSqliteStore(path);
    await next.rescue({ now: NOW, keepFailedMs: DAY });
    assert.equal((await next.get([job.id]))[0]?.seq, 1);
    const group = { id: job.id, createdAt: NOW, spec: '{}', hash: Buffer.alloc(32), keys: ['a'] };
    await next.append([newJob({ seq: 2 })], { group });
    assert.equal((await next.group(job.id))?.members.length, 1);
    await next.close();
  }));

test('what failed in a store of an earlier version is grouped by cause', () =>
  inFolder(async (folder) => {
    const path = join(folder, 's.db');
    const store = await openSqliteStore(path);
    await store.rescue({ now: NOW, keepFailedMs: DAY });
    const jobs = [newJob({ seq: 1 }), newJob({ seq: 2 }), newJob({ seq: 3 })];
    await store.append(jobs);
    const next = final({ state: 'failed', reason: 'rejected' });
    const ends = [1, 2].map((seq) => succeeded(seq, { record: record({ status: 404 }), next }));
    await store.settle([...ends, succeeded(3)]);
    const before = await store.causes({ limit: 10 });
    assert.equal(before.causes[0]?.jobs, 2);
    await store.close();
    makeDatabase(
      path,
      `drop table setting; drop index todoOrdered; drop index todoBegun;
      drop index doneByCause; drop table cause; alter table done drop column cause;
      alter table done drop column clock;
      drop table bulk; drop table bodyShare;
      pragma user_version = 3`,
    );
    const upgraded = await openSqliteStore(path);
    await upgraded.rescue({ now: NOW, keepFailedMs: DAY });
    assert.deepEqual(await upgraded.causes({ limit: 10 }), before);
    await upgraded.close();
  }));

test('an empty file, and a creation that was cut short, become a store', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'empty'), '');
    makeDatabase(
      join(folder, 'begun'),
      `pragma auto_vacuum = incremental; pragma application_id = ${applicationId}`,
    );
    for (const name of ['empty', 'begun']) {
      const store = await openSqliteStore(join(folder, name));
      await store.ping();
      await store.close();
    }
  }));

test('a checkpoint that was cut short does not stop the start', () =>
  inFolder(async (folder) => {
    const [path, copy] = [join(folder, 's.db'), join(folder, 'copy.db')];
    const store = await openSqliteStore(path);
    await store.rescue({ now: NOW, keepFailedMs: DAY });
    await store.append([newJob({ seq: 1 })]);
    // By another process: closing a handle of ours would give locks of SQLite's away.
    for (const end of ['', '-wal']) await run('cp', [path + end, copy + end]);
    await store.close();
    // The first page is written first, and counts pages that are not there yet.
    const image = await readFile(copy);
    image.writeUInt32BE(image.readUInt32BE(PAGES_AT) + 100, PAGES_AT);
    await writeFile(copy, image);
    const next = await openSqliteStore(copy);
    await next.rescue({ now: NOW, keepFailedMs: DAY });
    assert.deepEqual(await claimed(next), [1]);
    await next.close();
  }));

test('nobody else may read the files of a new store', () =>
  inFolder(async (folder) => {
    const store = await openSqliteStore(join(folder, 's.db'));
    const names = await readdir(folder);
    assert.deepEqual(names.sort(), ['s.db', 's.db-shm', 's.db-wal', 's.db.inflight']);
    for (const name of names) {
      assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
    }
    await store.close();
    assert.deepEqual((await readdir(folder)).sort(), ['s.db', 's.db.inflight']);
  }));

test('versions compare by number', () => {
  assert.ok(compareVersions('3.51.3', '3.51.3') === 0);
  assert.ok(compareVersions('3.100.0', '3.51.3') > 0);
  assert.ok(compareVersions('3.51.2', '3.51.3') < 0);
});
