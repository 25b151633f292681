// Looks for jobs upwards, for what is done with many. Each look walks one index by sequence number:
// that of the cause, of the state, of the queue, or of all jobs; what the index does not decide is
// checked row by row. A look is short, and no statement stays open between two of them.

import { systemClock } from '../../clock.ts';
import type { FailReason, FinalState } from '../../job/job.ts';
import type { JobFilter } from '../../job/job-filter.ts';
import { limits } from '../../limits.ts';
import type { Counted, Find, Found } from '../bulk.ts';
import type { JobRow } from '../rows.ts';
import type { Database, Statement } from './driver.ts';
import { isSpecWanted } from './list.ts';
import type { Lookup } from './lookup.ts';
import { idText } from './row.ts';

type Row = readonly [
  seq: number,
  id: Uint8Array,
  queue: string,
  state: FinalState | null,
  reason: FailReason | null,
  settledAt: number | null,
  cause: number | null,
  createdAt: number,
  spec: string | null,
];
type Place = Pick<Find, 'filter' | 'afterSeq' | 'belowSeq'>;
type Walk = (place: Place) => Row[];

const ROWS = limits.bulkLookRows;
const SAMPLE = 10;
const KNOWN_CAUSES = 1_000;

export interface Finder {
  find(look: Find): Found;
  count(look: Pick<Find, 'filter' | 'belowSeq'>): Promise<Counted>;
}

export function finder(database: Database, jobs: Lookup): Finder {
  const walk = walker(database);
  const isWanted = matcher(database);

  /** `take` says whether it has enough. */
  const look = (place: Place, take: (row: Row) => boolean): Omit<Found, 'jobs'> => {
    const rows = walk(place);
    for (const [index, row] of rows.entries()) {
      const isEnough = isWanted(place.filter, row) && take(row);
      if (isEnough) return { toSeq: row[0], isEnd: false, looked: index + 1 };
    }
    const isEnd = rows.length < ROWS;
    const toSeq = isEnd ? place.belowSeq - 1 : rows.at(-1)![0];
    return { toSeq, isEnd, looked: rows.length };
  };

  return {
    find({ limit, ...place }) {
      const found: JobRow[] = [];
      const take = ([seq]: Row): boolean => {
        const job = jobs.bySeq(seq);
        if (job !== undefined) found.push(job);
        return found.length >= limit;
      };
      return { jobs: found, ...look(place, take) };
    },
    async count({ filter, belowSeq }) {
      const endAt = systemClock.now() + limits.bulkCountMs;
      const sample: string[] = [];
      let count = 0;
      const take = (row: Row): boolean => {
        if (count++ < SAMPLE) sample.push(idText(row[1]));
        return false;
      };
      for (let afterSeq = -1; ; ) {
        const { toSeq, isEnd } = look({ filter, afterSeq, belowSeq }, take);
        if (isEnd) return { jobs: count, isPartial: false, sample };
        if (systemClock.now() >= endAt) return { jobs: count, isPartial: true, sample };
        afterSeq = toSeq;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

function walker(database: Database): Walk {
  const columns = `job.seq, job.id, queue.name, done.state, done.reason, done.settledAt, done.cause,
    job.createdAt, case ?3 when 1 then job.spec end`;
  const statement = (from: string, { seq, where }: Record<'seq' | 'where', string>): Statement =>
    database.prepare(`
      select ${columns} from ${from} cross join queue on queue.id = job.queue
      where ${seq} > ?1 and ${seq} < ?2 and ${where} order by ${seq} limit ${ROWS}`);
  const done = (index: string, where: string): Statement =>
    statement(`done indexed by ${index} cross join job using (seq)`, { seq: 'done.seq', where });
  const byCause = done('doneByCause', 'done.cause = ?4');
  const failed = done('doneFailed', "done.state = 'failed'");
  const cancelled = done('doneCancelled', "done.state = 'cancelled'");
  const byQueue = statement('job indexed by jobByQueue left join done using (seq)', {
    seq: 'job.seq',
    where: 'job.queue = (select id from queue where name = ?4)',
  });
  const all = statement('job left join done using (seq)', { seq: 'job.seq', where: 'true' });
  const one = database.prepare(`
    select ${columns} from job left join done using (seq) join queue on queue.id = job.queue
    where job.id = unhex(?4, '-') and job.seq > ?1 and job.seq < ?2`);
  const pending = pendingWalk(database, columns);

  return (place) => {
    const { filter, afterSeq, belowSeq } = place;
    const { states, ids, cause, queue } = filter;
    const needsSpec = filter.tag === undefined && filter.url === undefined ? 0 : 1;
    const given = [afterSeq, belowSeq, needsSpec] as const;
    if (ids !== undefined) {
      const rows = ids.flatMap((id) => one.all<Row>(...given, id));
      return rows.sort((a, b) => a[0] - b[0]).slice(0, ROWS);
    }
    if (cause !== undefined) return byCause.all<Row>(...given, cause);
    if (states.every((state) => state === 'failed')) return failed.all<Row>(...given);
    if (states.every((state) => state === 'cancelled')) return cancelled.all<Row>(...given);
    if (states.every((state) => state === 'pending' || state === 'running')) {
      return pending(place, needsSpec);
    }
    if (queue !== undefined) return byQueue.all<Row>(...given, queue);
    return all.all<Row>(...given);
  };
}

/** Above the low-water mark any job may be pending; below it, all that are, are in `todo`. */
function pendingWalk(
  database: Database,
  columns: string,
): (place: Place, needsSpec: number) => Row[] {
  const low = database.prepare("select value from mark where name = 'low'");
  const older = database.prepare(`
    select ${columns}
    from todo cross join job using (seq) cross join queue on queue.id = job.queue
      left join done using (seq)
    where todo.seq > ?1 and todo.seq < ?2 order by todo.seq limit ${ROWS}`);
  const recent = database.prepare(`
    select ${columns}
    from job cross join queue on queue.id = job.queue left join done using (seq)
    where job.seq > ?1 and job.seq < ?2 and done.seq is null order by job.seq limit ?4`);
  return ({ afterSeq, belowSeq }, needsSpec) => {
    const mark = low.get<[number]>()![0];
    const rows = older.all<Row>(afterSeq, Math.min(mark, belowSeq), needsSpec);
    if (rows.length === ROWS) return rows;
    const from = Math.max(mark - 1, afterSeq);
    return [...rows, ...recent.all<Row>(from, belowSeq, needsSpec, ROWS - rows.length)];
  };
}

function matcher(database: Database): (filter: JobFilter, row: Row) => boolean {
  const last = database.prepare(
    'select status, error from attempt where seq = ? order by number desc limit 1',
  );
  const ofCause = causeParts(database);
  const isLastWanted = ([seq, , , , , , cause]: Row, { status, error }: JobFilter): boolean => {
    if (status === undefined && error === undefined) return true;
    const parts = cause === null ? last.get<LastAttempt>(seq) : ofCause(cause);
    const isStatus = status === undefined || parts?.[0] === status;
    return isStatus && (error === undefined || parts?.[1] === error);
  };
  return (filter, row) => {
    const [, , queue, state, reason, settledAt, cause, createdAt, spec] = row;
    const { states } = filter;
    // Whether a pending job is running is known to its owner's memory alone.
    const isState = state === null ? hasWaiting(states) : states.includes(state);
    if (!isState || (filter.queue !== undefined && filter.queue !== queue)) return false;
    if (filter.reason !== undefined && filter.reason !== reason) return false;
    if (filter.cause !== undefined && filter.cause !== cause) return false;
    if (!isBetween(createdAt, filter.createdAfter, filter.createdBefore)) return false;
    if (!isBetween(settledAt, filter.settledAfter, filter.settledBefore)) return false;
    const { tag, url } = filter;
    return (spec === null || isSpecWanted(spec, { tag, url })) && isLastWanted(row, filter);
  };
}

type LastAttempt = readonly [status: number | null, error: string | null];

/** What the last attempts of failed jobs met, without looking at each: a cause never changes. */
function causeParts(database: Database): (cause: number) => LastAttempt | undefined {
  const select = database.prepare('select status, error from cause where number = ?');
  const known = new Map<number, LastAttempt>();
  return (cause) => {
    const found = known.get(cause) ?? select.get<LastAttempt>(cause);
    if (found === undefined || known.has(cause)) return found;
    if (known.size >= KNOWN_CAUSES) known.clear();
    known.set(cause, found);
    return found;
  };
}

function hasWaiting(states: JobFilter['states']): boolean {
  return states.includes('pending') || states.includes('running');
}

/** Both ends belong to it. What has no instant lies in no span. */
function isBetween(
  at: number | null,
  after: number | undefined,
  before: number | undefined,
): boolean {
  if (after === undefined && before === undefined) return true;
  return at !== null && at >= (after ?? at) && at <= (before ?? at);
}
