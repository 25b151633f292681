// Which files we open at all. A file that is not ours, or is newer than we are, must be left
// exactly as it was, so it is looked at, read-only, before anything opens it for writing.

import { chmodSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SendoffError } from '../../errors.ts';
import { Database } from './driver.ts';
import { isNotADatabase, resultCode } from './failure.ts';
import { applicationId, create, oldestSqlite, schemaVersion, upgrade } from './schema.ts';

/** Checks the file, makes it if there is none, and gives back an open connection for writing. */
export function openForWriting(path: string): Database {
  const version = look(path);
  const database = openFile(path);
  try {
    checkLibrary(database);
    if (version === 0) {
      // The WAL and the shared memory file take their mode from the database file.
      if (statSync(path).size === 0) chmodSync(path, 0o600);
      create(database);
    } else upgrade(database, version);
    return database;
  } catch (error) {
    database.close();
    throw (resultCode(error) & 0xff) === 14 ? readonlyError(path, error) : error;
  }
}

/** The version of its tables, 0 if there are none yet; throws if the file is not for us. */
function look(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    if (statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()) return 0;
    throw notOurs(path, 'its folder does not exist');
  }
  if (!found.isFile())
    throw notOurs(path, found.isDirectory() ? 'it is a folder' : 'it is no file');
  if (found.size === 0) return 0;

  const { application, version } = identityOf(path);
  if (application !== applicationId) throw notOurs(path, 'it is the database of another program');
  if (version > schemaVersion) throw tooNew(path, version);
  return version;
}

interface Identity {
  readonly application: number;
  readonly version: number;
}

/**
 * Asked of SQLite: any other handle on the file would, when it is closed, give away the locks that
 * SQLite has there. Without a WAL the file is taken as it lies and no side file is made; beside a
 * WAL it may be half written, and only both together are a database.
 */
function identityOf(path: string): Identity {
  const hasWal = statSync(`${path}-wal`, { throwIfNoEntry: false }) !== undefined;
  const location = hasWal ? path : `${pathToFileURL(path).href}?immutable=1`;
  let database: Database | undefined;
  try {
    database = new Database(location, { isReadOnly: true, busyMs: 5000 });
    const [application] = database.ask<[number]>('pragma application_id')!;
    const [version] = database.ask<[number]>('pragma user_version')!;
    return { application, version };
  } catch (error) {
    if (isNotADatabase(error)) throw notOurs(path, 'it is not a SQLite database');
    throw error;
  } finally {
    database?.close();
  }
}

function openFile(path: string): Database {
  try {
    return new Database(path, { busyMs: 5000 });
  } catch (error) {
    throw (resultCode(error) & 0xff) === 14 ? readonlyError(path, error) : error;
  }
}

function checkLibrary(database: Database): void {
  const [version] = database.ask<[string]>('select sqlite_version()')!;
  if (compareVersions(version, oldestSqlite) >= 0) return;
  throw new SendoffError(
    'sqlite_too_old',
    `Expected SQLite ${oldestSqlite} or later, got ${version}: use a newer Node.js`,
  );
}

export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function notOurs(path: string, why: string): SendoffError {
  return new SendoffError(
    'not_a_sendoff_store',
    `Expected a sendoff store, or the place for a new one, at ${path}: ${why}`,
  );
}

function tooNew(path: string, version: number): SendoffError {
  return new SendoffError(
    'store_too_new',
    `Expected a store of version ${schemaVersion} or earlier at ${path}, got ${version}: ` +
      'use a newer sendoff',
  );
}

function readonlyError(path: string, cause: unknown): SendoffError {
  return new SendoffError(
    'store_readonly',
    `Expected to be able to write ${path} and its folder: neither may be read-only`,
    { cause },
  );
}
