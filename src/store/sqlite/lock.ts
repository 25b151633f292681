// One process owns a store. It holds a write transaction in a tiny database beside it for as long
// as it lives: the kernel gives the lock back when the process dies and keeps it when it freezes,
// and others can still read there where the owner listens. Nothing but SQLite may open that file:
// closing any other handle on it would give the lock away.

import { createHash } from 'node:crypto';
import { chmodSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SendoffError } from '../../errors.ts';
import { Database } from './driver.ts';
import { errorOf, failureOf, isBusy, isNotADatabase, resultCode } from './failure.ts';
import { realStorePath } from './real-path.ts';

export interface StoreLock {
  /** Where the owner listens. */
  readonly socketPath: string;
  /** Gives the store away; calling it twice is harmless. */
  release(): void;
}

/** Socket addresses are short: 108 bytes on Linux, 104 elsewhere. */
const SOCKET_PATH_BYTES = 100;
/** A reader of the lock file may hold up the commit for a moment. */
const COMMIT_BUSY_MS = 2_000;

/**
 * Makes this process the owner of the store in `path`, or fails at once.
 *
 * @throws SendoffError `store_locked`, `not_a_sendoff_store`, `store_readonly`
 */
export function takeLock(path: string): StoreLock {
  const storePath = realStorePath(path);
  const lockPath = `${storePath}.lock`;
  const database = open(lockPath);
  try {
    const socketPath = socketPathOf(storePath);
    claim(database, lockPath, socketPath);
    return { socketPath, release: releaser(database) };
  } catch (error) {
    database.close();
    if (isNotADatabase(error)) throw notALock(lockPath, error);
    // A disk that is full or read-only: everything here is written before anything is served.
    if (resultCode(error) !== 0) throw errorOf(failureOf(error, lockPath));
    throw error;
  }
}

function open(lockPath: string): Database {
  try {
    const isFresh = statSync(lockPath, { throwIfNoEntry: false }) === undefined;
    const database = new Database(lockPath);
    if (isFresh) chmodSync(lockPath, 0o600);
    return database;
  } catch (error) {
    if (statSync(dirname(lockPath), { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw notALock(lockPath, error);
    }
    throw new SendoffError('store_readonly', `Expected to be able to write ${lockPath}`, {
      cause: error,
    });
  }
}

/**
 * The address is committed first, so that others can read it, and then the lock is taken again.
 * Between the two somebody else may have done the same; so it is read back before it is believed.
 */
function claim(database: Database, lockPath: string, socketPath: string): void {
  begin(database, lockPath);
  database.exec(`pragma busy_timeout = ${COMMIT_BUSY_MS}`);
  database.exec(
    'create table if not exists owner (id integer primary key, socketPath text) strict',
  );
  database.prepare('insert or replace into owner values (1, ?)').run(socketPath);
  database.exec('commit; pragma busy_timeout = 0');
  begin(database, lockPath);
  const row = database.ask<[string]>('select socketPath from owner where id = 1');
  if (row?.[0] !== socketPath) throw locked(lockPath, row?.[0]);
}

function begin(database: Database, lockPath: string): void {
  try {
    database.exec('begin immediate');
  } catch (error) {
    if (isBusy(error)) throw locked(lockPath, readOwner(database));
    throw error;
  }
}

function readOwner(database: Database): string | undefined {
  try {
    return database.ask<[string]>('select socketPath from owner where id = 1')?.[0];
  } catch {
    // The owner has not written it yet, or is writing it at this moment.
    return undefined;
  }
}

function releaser(database: Database): () => void {
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    database.rollback();
    database.close();
  };
}

/**
 * Beside the store, or, if that is too long for an address, a name made from it in the temp folder.
 */
export function socketPathOf(storePath: string): string {
  const beside = `${storePath}.sock`;
  if (Buffer.byteLength(beside) <= SOCKET_PATH_BYTES) return beside;
  const name = createHash('sha256').update(storePath).digest('hex').slice(0, 16);
  return join(tmpdir(), `sendoff-${name}.sock`);
}

function locked(lockPath: string, socketPath: string | undefined): SendoffError {
  const where = socketPath === undefined ? '' : `, which listens on ${socketPath}`;
  return new SendoffError('store_locked', `Another owner holds ${lockPath}${where}`);
}

function notALock(lockPath: string, cause: unknown): SendoffError {
  const message = `Expected the lock of a sendoff store, or the place for one, at ${lockPath}`;
  return new SendoffError('not_a_sendoff_store', message, { cause });
}
