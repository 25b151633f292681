// Operations on many jobs. What a step does and where the operation stands then are written in one
// commit: whoever comes after a death reads from where to go on.

import type {
  BulkBegun,
  BulkEnd,
  BulkProgress,
  BulkQuery,
  BulkRow,
  BulkStep,
  BulkStepped,
  NewBulk,
  ReopenSeen,
} from '../bulk.ts';
import type { CancelledWaiting, CancelWaiting, Reopen, Reopened } from '../store.ts';
import type { Database } from './driver.ts';
import type { Resender } from './resend.ts';
import { idText } from './row.ts';

export const bulkTables = `
-- cursor: jobs up to here are dealt with; progress: JSON; pruneAt: null while it is running.
create table bulk (
  number integer primary key, id blob not null unique, hash blob not null, request text not null,
  state text not null, createdAt integer not null, endedAt integer, pruneAt integer,
  belowSeq integer not null, cursor integer not null,
  expected integer not null, isPartial integer not null, progress text not null
) strict;
create index bulkRunning on bulk (number) where state = 'running';
create index bulkByPruneAt on bulk (pruneAt) where pruneAt is not null;
-- Bodies in chunks that several jobs share; others have one owner.
create table bodyShare (bodyId integer primary key, owners integer not null) strict;
`;

/** What is done with jobs, each by the file of its name. */
export interface BulkTools {
  readonly cancel: (cancels: readonly CancelWaiting[]) => CancelledWaiting[];
  readonly reopen: (reopens: readonly Reopen[]) => Reopened[];
  readonly resend: Resender;
}

interface Abort extends BulkEnd {
  readonly id: string;
}

export interface BulkWriter {
  begin(bulk: NewBulk): BulkBegun;
  step(step: BulkStep): BulkStepped | undefined;
  abort(end: Abort): BulkRow | undefined;
}

const NOTHING: BulkProgress = { looked: 0, matched: 0, done: 0, skipped: {}, failed: {} };

export function bulkWriter(database: Database, tools: BulkTools): BulkWriter {
  const { byId } = bulkReader(database);
  const insert = database.prepare(`
    insert into bulk values (null, unhex(?, '-'), ?, ?, 'running', ?, null, null, ?, 0, ?, ?, ?)`);
  const move = database.prepare(`
    update bulk set cursor = ?2, progress = ?3, state = ?4, endedAt = ?5, pruneAt = ?6
    where id = unhex(?1, '-')`);
  const abort = database.prepare(`
    update bulk set state = 'aborted', endedAt = ?2, pruneAt = ?3
    where id = unhex(?1, '-') and state = 'running'`);
  const act = actor(database, tools);

  return {
    begin({ id, hash, request, createdAt, belowSeq, expected }) {
      const known = byId(id);
      if (known !== undefined && Buffer.compare(known.hash, hash) !== 0) {
        return { kind: 'mismatch' };
      }
      if (known !== undefined) return { kind: 'repeated', bulk: known };
      const { jobs, isPartial } = expected;
      const count = [jobs, Number(isPartial)] as const;
      insert.run(id, hash, request, createdAt, belowSeq, ...count, JSON.stringify(NOTHING));
      return { kind: 'begun', bulk: byId(id)! };
    },
    step(step) {
      const { id, fromSeq, toSeq, end } = step;
      const bulk = byId(id);
      if (bulk?.state !== 'running' || bulk.cursor !== fromSeq) return undefined;
      const effects = act(step);
      const progress = JSON.stringify(withEffects(step, effects));
      const state = end === undefined ? 'running' : 'done';
      move.run(id, toSeq, progress, state, end?.at ?? null, end?.pruneAt ?? null);
      return { bulk: byId(id)!, ...effects };
    },
    abort({ id, at, pruneAt }) {
      abort.run(id, at, pruneAt);
      return byId(id);
    },
  };
}

type Effects = Omit<BulkStepped, 'bulk'>;

function actor(database: Database, tools: BulkTools): (step: BulkStep) => Effects {
  const seen = database.prepare(`
    select done.settledAt, done.attempts from job left join done using (seq) where job.seq = ?`);
  const isAsSeen = (reopen: ReopenSeen): boolean => {
    const row = seen.get<readonly [number | null, number | null]>(reopen.seq);
    if (row === undefined || row[0] !== reopen.seen.settledAt) return false;
    return row[0] === null || row[1] === reopen.seen.attempts;
  };
  return ({ reopens, cancels, resends }) => {
    const reopened = reopens.map(isAsSeen);
    tools.reopen(reopens.filter((_, index) => reopened[index]));
    return {
      reopened,
      cancelled: tools.cancel(cancels).map((outcome) => outcome === 'cancelled'),
      resent: tools.resend(resends).map(({ kind }) => kind === 'stored'),
    };
  };
}

/** What could not be done had changed since it was looked at. */
function withEffects({ progress }: BulkStep, effects: Effects): BulkProgress {
  const all = [...effects.reopened, ...effects.cancelled, ...effects.resent];
  const done = all.filter(Boolean).length;
  const changed = all.length - done;
  if (changed === 0) return { ...progress, done: progress.done + done };
  const skipped = { ...progress.skipped, changed: (progress.skipped.changed ?? 0) + changed };
  return { ...progress, done: progress.done + done, skipped };
}

type FoundRow = readonly [
  id: Uint8Array,
  hash: Uint8Array,
  request: string,
  state: BulkRow['state'],
  createdAt: number,
  endedAt: number | null,
  belowSeq: number,
  cursor: number,
  expected: number,
  isPartial: number,
  progress: string,
];

export function bulkReader(database: Database): {
  byId(id: string): BulkRow | undefined;
  all(query: BulkQuery): BulkRow[];
} {
  const select = `
    select id, hash, request, state, createdAt, endedAt, belowSeq, cursor, expected, isPartial,
      progress
    from bulk`;
  const one = database.prepare(`${select} where id = unhex(?, '-')`);
  const all = database.prepare(`${select} order by number desc limit ?`);
  const running = database.prepare(`
    ${select} where state = 'running' order by number desc limit ?`);
  return {
    byId(id) {
      const row = one.get<FoundRow>(id);
      return row && bulkOf(row);
    },
    all: ({ isRunning = false, limit }) =>
      (isRunning ? running : all).all<FoundRow>(limit).map(bulkOf),
  };
}

function bulkOf(row: FoundRow): BulkRow {
  const [id, hash, request, state, createdAt, endedAt, belowSeq, cursor, ...rest] = row;
  const [jobs, isPartial, progress] = rest;
  return {
    ...{ id: idText(id), hash, request, state, createdAt, endedAt, belowSeq, cursor },
    expected: { jobs, isPartial: isPartial === 1 },
    progress: JSON.parse(progress) as BulkProgress,
  };
}

/** Forgets operations whose time is over, at most `limit`; how many. */
export function bulkPruner(database: Database): (now: number, limit: number) => number {
  const prune = database.prepare(`
    delete from bulk where number in
      (select number from bulk where pruneAt <= ? order by pruneAt limit ?)`);
  return (now, limit) => prune.run(now, limit);
}
