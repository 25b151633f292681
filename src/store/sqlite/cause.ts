// Failed jobs by cause. The groups are kept, not counted: a job that fails is added to its group in
// the commit that ends it, and leaves it with its row in `done`. What succeeds touches none of
// this.

import { type Cause, causeNumber } from '../../job/cause.ts';
import type { FailReason, Spec } from '../../job/job.ts';
import { originOf } from '../../job/target-name.ts';
import type { CausePage, CauseQuery, CauseRow } from '../rows.ts';
import type { Database } from './driver.ts';
import { idText } from './row.ts';

export const causeTables = `
-- number: made from the other fields; jobs: those that are failed now; firstAt: since when the
-- group has not been empty.
create table cause (
  number integer primary key, origin text not null, reason text not null,
  status integer, error text,
  jobs integer not null, firstAt integer not null, lastAt integer not null
) strict;
create index causeByOrigin on cause (origin);
create index doneByCause on done (cause, seq) where cause is not null;
`;

type LastAttempt = readonly [status: number | null, error: string | null];

/** Adds a job that fails to its group; its last attempt is written already. */
export function causeCounter(
  database: Database,
): (seq: number, failed: { readonly reason: FailReason; readonly at: number }) => number {
  const selectSpec = database.prepare('select spec from job where seq = ?');
  const selectLast = database.prepare(
    'select status, error from attempt where seq = ? order by number desc limit 1',
  );
  const upsert = database.prepare(`
    insert into cause values (?1, ?2, ?3, ?4, ?5, 1, ?6, ?6)
    on conflict (number) do update set jobs = jobs + 1, lastAt = max(lastAt, excluded.lastAt)`);
  return (seq, { reason, at }) => {
    const { target } = JSON.parse(selectSpec.get<[string]>(seq)![0]) as Spec;
    const [status, error] = selectLast.get<LastAttempt>(seq) ?? [null, null];
    const cause: Cause = { origin: originOf(target), reason, status, error };
    const number = causeNumber(cause);
    upsert.run(number, cause.origin, reason, status, error, at);
    return number;
  };
}

/** Takes the end of a job away, and the job out of its group; false if it had none. */
export function doneRemover(database: Database): (seq: number) => boolean {
  const remove = database.prepare('delete from done where seq = ? returning cause');
  const lower = database.prepare(
    'update cause set jobs = jobs - 1 where number = ? returning jobs',
  );
  const forget = database.prepare('delete from cause where number = ?');
  return (seq) => {
    const row = remove.get<[number | null]>(seq);
    if (row === undefined) return false;
    const [cause] = row;
    if (cause !== null && lower.get<[number]>(cause)?.[0] === 0) forget.run(cause);
    return true;
  };
}

/** Groups what failed before there were groups. */
export function groupEarlierFailures(database: Database): void {
  const count = causeCounter(database);
  const next = database.prepare(`
    select seq, reason, settledAt from done indexed by doneFailed
    where state = 'failed' and seq > ? order by seq limit 1000`);
  const write = database.prepare('update done set cause = ? where seq = ?');
  for (let after = 0; ; ) {
    const rows = next.all<readonly [seq: number, reason: FailReason, at: number]>(after);
    for (const [seq, reason, at] of rows) {
      write.run(count(seq, { reason, at }), seq);
      after = seq;
    }
    if (rows.length === 0) return;
  }
}

type FoundRow = readonly [
  number: number,
  origin: string,
  reason: FailReason,
  status: number | null,
  error: string | null,
  jobs: number,
  firstAt: number,
  lastAt: number,
];

/** The largest groups first, each with the newest of its jobs. */
export function causeReader(database: Database): (query: CauseQuery) => CausePage {
  const select = (where: string): string => `
    select number, origin, reason, status, error, jobs, firstAt, lastAt
    from cause ${where} order by jobs desc, lastAt desc, number limit ?1`;
  const all = database.prepare(select(''));
  const ofOrigin = database.prepare(select('where origin = ?2'));
  const sample = database.prepare(`
    select id from done indexed by doneByCause cross join job using (seq)
    where cause = ? order by seq desc limit 1`);

  const causeOf = (row: FoundRow): CauseRow => {
    const [number, origin, reason, status, error, jobs, firstAt, lastAt] = row;
    const id = sample.get<[Uint8Array]>(number)?.[0];
    const sampleId = id === undefined ? null : idText(id);
    return { number, origin, reason, status, error, jobs, firstAt, lastAt, sampleId };
  };
  return ({ origin, limit }) => {
    const rows =
      origin === undefined
        ? all.all<FoundRow>(limit + 1)
        : ofOrigin.all<FoundRow>(limit + 1, origin);
    return { causes: rows.slice(0, limit).map(causeOf), isPartial: rows.length > limit };
  };
}
