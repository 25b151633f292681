// What an error of SQLite means to the callers of a store. A failed sync is final: the kernel may
// have dropped the pages and would report success the next time, so nothing after it can be
// trusted.

import { type ErrorCode, SendoffError } from '../../errors.ts';

/** An error as it travels between threads. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** The whole commit is void, not just the operation that met it. */
  readonly isOfCommit: boolean;
  /** Nothing may be written any more until the process is started again. */
  readonly isForGood: boolean;
}

// Primary result codes, https://sqlite.org/rescode.html
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

const meanings: Readonly<Record<number, readonly [ErrorCode, string, isForGood: boolean]>> = {
  [BUSY]: ['store_unavailable', 'another program holds the database', false],
  [LOCKED]: ['store_unavailable', 'another program holds the database', false],
  [READONLY]: ['store_readonly', 'the database or its folder cannot be written', false],
  [IOERR]: ['store_unavailable', 'the disk did not take a write', true],
  [CORRUPT]: ['store_unavailable', 'the database is damaged', true],
  [FULL]: ['storage_full', 'the disk is full', false],
  [CANTOPEN]: ['store_unavailable', 'the database or its WAL cannot be opened', false],
  [NOTADB]: ['store_unavailable', 'the database is damaged', true],
};

/** SQLite's extended result code, or 0 if the error is not SQLite's. */
export function resultCode(error: unknown): number {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : 0;
  return typeof code === 'number' ? code : 0;
}

/** True for a file that is no SQLite database at all. */
export function isNotADatabase(error: unknown): boolean {
  return (resultCode(error) & 0xff) === NOTADB;
}

/**
 * `path` is for those who open the store. Once it is open, callers who may be strangers hear of a
 * failure, and the place of the store is none of their business.
 */
export function failureOf(error: unknown, path?: string): Failure {
  if (error instanceof SendoffError) {
    return { code: error.code, message: error.message, isOfCommit: false, isForGood: false };
  }
  const text = error instanceof Error ? error.message : String(error);
  const code = resultCode(error);
  const meaning = meanings[code & 0xff];
  if (meaning === undefined) {
    return { code: 'internal', message: text, isOfCommit: false, isForGood: false };
  }
  const [errorCode, why, isForGood] = meaning;
  const store = path === undefined ? 'The store' : `The store ${path}`;
  const message = `${store} failed: ${why} (SQLite ${code}: ${text})`;
  return { code: errorCode, message, isOfCommit: true, isForGood };
}

export function errorOf(failure: Failure): SendoffError {
  return new SendoffError(failure.code, failure.message);
}

/** True if somebody else holds a lock that is needed. */
export function isBusy(error: unknown): boolean {
  return (resultCode(error) & 0xff) === BUSY;
}
