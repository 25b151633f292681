// The tables. `job` and `done` are append-only; `todo` holds only what waits beyond the owner's
// memory. A plain delivery inserts one row each into job, attempt, done and response and updates
// none.
//
// Numbers that never change again: `applicationId` tells our files from other programs',
// `schemaVersion` rises with every change of the tables.

import { bulkTables } from './bulk.ts';
import { causeTables, groupEarlierFailures } from './cause.ts';
import type { Database } from './driver.ts';

/** "SdOf". */
export const applicationId = 0x53644f66;
export const schemaVersion = 4;

/** SQLite before this can lose a commit when a WAL is reset (https://sqlite.org/wal.html). */
export const oldestSqlite = '3.51.3';

/** Part of an index, so it stays what it is even if the default deadline changes. */
export const usualDeadlineMs = 604_800_000;

export interface Pragmas {
  readonly synchronous: 'full' | 'normal';
  readonly maxPageCount: number | undefined;
}

const groupTables = `
-- members: JSON [[key, job id], …] in their order; jobsLeft: those that are not pruned yet.
create table jobGroup (
  number integer primary key, id blob not null unique, createdAt integer not null,
  hash blob not null, spec text not null, members text not null, jobsLeft integer not null
) strict;
create table groupJob (
  seq integer not null, groupNumber integer not null, primary key (seq, groupNumber)
) without rowid, strict;
`;

// Jobs of an ordered queue stand on level 4, by their number; todoBegun finds the one that is
// being tried and waits.
const settingTables = `
create table setting (
  kind text not null, name text not null, spec text, paidUntil real, primary key (kind, name)
) without rowid, strict;
create index todoOrdered on todo (queue, seq, runAt) where priority = 4;
create index todoBegun on todo (queue, seq) where priority = 4 and attempt > 1;
`;

const tables = `
create table queue (id integer primary key, name text not null unique) strict;

-- The body comes last, so that reading the rest does not walk through its pages.
create table job (
  seq integer primary key, id blob not null unique,
  queue integer not null, priority integer not null,
  createdAt integer not null, runAt integer not null, expiresAt integer not null,
  bodyId integer, bodyBytes integer not null, hash blob,
  spec text not null, body blob
) strict;
create index jobByQueue on job (queue, seq);

create table todo (
  seq integer primary key, queue integer not null, priority integer not null,
  runAt integer not null, expiresAt integer not null,
  attempt integer not null, triesUsed integer not null, deaths integer not null
) strict;
create index todoByQueue on todo (queue, priority, runAt, seq);
create index todoByRunAt on todo (runAt, queue);
-- Nearly every job waits with the usual deadline from its runAt; todoByRunAt finds those too.
create index todoByExpiry on todo (expiresAt) where expiresAt <> runAt + ${usualDeadlineMs};
create index todoByDeaths on todo (deaths) where deaths > 0;

-- pruneAt is when the response goes, and after that when the job goes; cause: of a failed job;
-- clock: the one that ended it.
create table done (
  seq integer primary key, state text not null, reason text,
  settledAt integer not null, attempts integer not null,
  keepJobUntilAt integer not null, pruneAt integer not null, isResponsePruned integer not null,
  cause integer, clock text
) strict;
create index doneByPruneAt on done (pruneAt);
create index doneFailed on done (seq) where state = 'failed';
create index doneCancelled on done (seq) where state = 'cancelled';

create table attempt (
  seq integer not null, number integer not null,
  startedAt integer not null, endedAt integer not null,
  result text not null, status integer, error text, detail text,
  primary key (seq, number)
) without rowid, strict;

create table response (
  seq integer primary key, status integer not null,
  bodyId integer, bodyBytes integer not null,
  isTruncated integer not null, isIncomplete integer not null,
  headers text not null, exit text, body blob
) strict;

create table chunk (
  bodyId integer not null, part integer not null, isLast integer not null, data blob not null,
  primary key (bodyId, part)
) strict;

-- Bodies that no job and no response owns: under way, or (isDropped) on their way out.
create table upload (bodyId integer primary key, isDropped integer not null) strict;
create index uploadDropped on upload (bodyId) where isDropped = 1;

create table dedupe (
  key text primary key, seq integer not null, untilAt integer not null
) without rowid, strict;
create index dedupeByUntilAt on dedupe (untilAt);

${groupTables}
${causeTables}
${settingTables}
${bulkTables}
create table mark (name text primary key, value integer not null) without rowid, strict;
insert into mark values ('low', 0), ('nextSeq', 1), ('nextBodyId', 1), ('checked', 0);
`;

/** Makes an empty file a store. The tables and their version appear in one transaction. */
export function create(database: Database): void {
  // auto_vacuum must be set before the first page, and the application id must not depend on the
  // WAL: it is what tells our file from others before anything is opened for writing.
  database.exec(`pragma auto_vacuum = incremental; pragma application_id = ${applicationId}`);
  database.exec('pragma journal_mode = wal; pragma synchronous = full');
  database.transact(() => database.exec(`${tables} pragma user_version = ${schemaVersion}`));
}

/** Brings the tables of an earlier version to this one, in one transaction. */
export function upgrade(database: Database, version: number): void {
  if (version === schemaVersion) return;
  database.transact(() => {
    if (version < 2) database.exec(groupTables);
    // How commands end.
    if (version < 3) database.exec('alter table response add column exit text');
    if (version < 4) {
      database.exec(`
        alter table done add column cause integer; alter table done add column clock text;
        ${causeTables} ${bulkTables}`);
      groupEarlierFailures(database);
      database.exec(settingTables);
    }
    database.exec(`pragma user_version = ${schemaVersion}`);
  });
}

/** Settings of the writer's connection. */
export function configureWriter(database: Database, pragmas: Pragmas): void {
  database.exec(`
    pragma journal_mode = wal;
    pragma synchronous = ${pragmas.synchronous};
    pragma wal_autocheckpoint = 0;
    pragma journal_size_limit = 67108864;
    pragma cache_size = -16384;
    pragma temp_store = memory;
    pragma busy_timeout = 5000;
  `);
  if (pragmas.maxPageCount !== undefined) {
    database.exec(`pragma max_page_count = ${pragmas.maxPageCount}`);
  }
}

/**
 * Settings of the reader's connection: it only looks, and gives up its view after every statement.
 */
export function configureReader(database: Database): void {
  database.exec('pragma query_only = on; pragma cache_size = -8192; pragma busy_timeout = 5000');
}
