import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendoffError } from '../../errors.ts';
import { failureOf } from './failure.ts';

function sqliteError(errcode: number): Error {
  return Object.assign(new Error('it went wrong'), { code: 'ERR_SQLITE_ERROR', errcode });
}

const IOERR_FSYNC = 1034;
const READONLY_DBMOVED = 1032;

test('errors of SQLite have a meaning for callers', () => {
  const codes = [5, 8, READONLY_DBMOVED, 10, IOERR_FSYNC, 11, 13, 14, 26, 19];
  const meant = codes.map((code) => failureOf(sqliteError(code), '/s.db').code);
  assert.deepEqual(meant, [
    'store_unavailable',
    'store_readonly',
    'store_readonly',
    'store_unavailable',
    'store_unavailable',
    'store_unavailable',
    'storage_full',
    'store_unavailable',
    'store_unavailable',
    'internal',
  ]);
});

test('a failed sync is for good, a full disk is not', () => {
  assert.equal(failureOf(sqliteError(IOERR_FSYNC), '/s.db').isForGood, true);
  assert.equal(failureOf(sqliteError(13), '/s.db').isForGood, false);
});

test('a broken rule of one row does not void the commit of the others', () => {
  assert.equal(failureOf(sqliteError(1555), '/s.db').isOfCommit, false);
  assert.equal(failureOf(new SendoffError('not_found', 'x'), '/s.db').isOfCommit, false);
  assert.equal(failureOf(sqliteError(13), '/s.db').isOfCommit, true);
});

test('only whoever opens a store is told where it is', () => {
  const full = sqliteError(13);
  assert.match(failureOf(full, '/secret/s.db').message, /^The store \/secret\/s\.db failed: /);
  assert.match(failureOf(full).message, /^The store failed: the disk is full/);
});
