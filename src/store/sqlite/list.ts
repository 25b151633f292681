// Lists, newest first. Each list walks one index downwards by sequence number: that of the cause,
// of the state (failed, cancelled, pending), of the queue, or of all jobs. What the index does not
// decide is checked row by row, and then the walk ends after `limits.scanRows` rows or
// `limits.scanMs`. It goes in short steps: no statement stays open between them, so neither the WAL
// nor other questions wait for a long list.

import { systemClock } from '../../clock.ts';
import type { FinalState, Spec } from '../../job/job.ts';
import { targetUrl } from '../../job/target-name.ts';
import { limits } from '../../limits.ts';
import type { JobRow, ListPage, ListQuery } from '../store.ts';
import type { Database, Statement } from './driver.ts';
import type { Lookup } from './lookup.ts';

const STEP_ROWS = 1_000;

/** One row of a walk: enough to decide whether the job belongs to the list. */
type Seen = readonly [seq: number, queue: number, state: FinalState | null, spec: string];

/** Rows below `beforeSeq`, at most `STEP_ROWS`. */
type Step = (beforeSeq: number) => Seen[];

export function lister(database: Database, jobs: Lookup): (query: ListQuery) => Promise<ListPage> {
  const walks = walksOf(database);
  const findQueue = database.prepare('select id from queue where name = ?');

  return async (query) => {
    const queue = query.queue === undefined ? undefined : findQueue.get<[number]>(query.queue)?.[0];
    if (query.queue !== undefined && queue === undefined) return page([], null, false);
    const isWanted = filter(query, queue);
    const step = walks(query, queue);
    const endAt = systemClock.now() + limits.scanMs;
    const found: JobRow[] = [];
    let beforeSeq = query.beforeSeq ?? Number.MAX_SAFE_INTEGER;
    let scanned = 0;
    for (;;) {
      const rows = step(beforeSeq);
      for (const row of rows) {
        beforeSeq = row[0];
        if (!isWanted(row)) continue;
        const job = jobs.bySeq(row[0]);
        if (job !== undefined) found.push(job);
        if (found.length === query.limit) return page(found, beforeSeq, false);
      }
      if (rows.length < STEP_ROWS) return page(found, null, false);
      scanned += rows.length;
      const isOver = scanned >= limits.scanRows || systemClock.now() >= endAt;
      if (isOver) return page(found, beforeSeq, true);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
}

function page(jobs: JobRow[], nextBeforeSeq: number | null, isPartial: boolean): ListPage {
  return { jobs, nextBeforeSeq, isPartial };
}

function walksOf(database: Database): (query: ListQuery, queue: number | undefined) => Step {
  const prepare = (from: string, seq: string): Statement =>
    database.prepare(`
      select ${seq}, job.queue, done.state, job.spec from ${from}
      where ${seq} < ?1 order by ${seq} desc limit ${STEP_ROWS}`);
  const all = prepare('job left join done using (seq)', 'job.seq');
  const failed = prepareState(database, 'failed', 'doneFailed');
  const cancelled = prepareState(database, 'cancelled', 'doneCancelled');
  const byQueue = database.prepare(`
    select job.seq, job.queue, done.state, job.spec
    from job indexed by jobByQueue left join done using (seq)
    where job.queue = ?2 and job.seq < ?1 order by job.seq desc limit ${STEP_ROWS}`);
  const pending = pendingWalk(database);
  const byCause = database.prepare(`
    select done.seq, job.queue, done.state, job.spec
    from done indexed by doneByCause cross join job using (seq)
    where done.cause = ?2 and done.seq < ?1 order by done.seq desc limit ${STEP_ROWS}`);

  return ({ state, cause }, queue) => {
    if (cause !== undefined) return (before) => byCause.all<Seen>(before, cause);
    if (state === 'failed') return (before) => failed.all<Seen>(before);
    if (state === 'cancelled') return (before) => cancelled.all<Seen>(before);
    if (queue !== undefined) return (before) => byQueue.all<Seen>(before, queue);
    if (state === 'pending') return pending;
    return (before) => all.all<Seen>(before);
  };
}

function prepareState(database: Database, state: string, index: string): Statement {
  return database.prepare(`
    select done.seq, job.queue, done.state, job.spec
    from done indexed by ${index} cross join job using (seq)
    where done.state = '${state}' and done.seq < ?1 order by done.seq desc limit ${STEP_ROWS}`);
}

/** Above the low-water mark any job may be pending; below it, all that are, are in `todo`. */
function pendingWalk(database: Database): Step {
  const low = database.prepare("select value from mark where name = 'low'");
  const recent = database.prepare(`
    select seq, queue, null, spec from job
    where seq < ?1 and seq >= ?2 and not exists (select 1 from done where done.seq = job.seq)
    order by seq desc limit ${STEP_ROWS}`);
  const older = database.prepare(`
    select todo.seq, todo.queue, null, spec from todo cross join job using (seq)
    where todo.seq < ?1 order by todo.seq desc limit ?2`);
  return (before) => {
    const mark = low.get<[number]>()![0];
    const rows = recent.all<Seen>(before, mark);
    if (rows.length === STEP_ROWS) return rows;
    return [...rows, ...older.all<Seen>(Math.min(before, mark), STEP_ROWS - rows.length)];
  };
}

function filter(query: ListQuery, queue: number | undefined): (row: Seen) => boolean {
  const { state, tag, url } = query;
  return ([, rowQueue, rowState, spec]) => {
    if (queue !== undefined && rowQueue !== queue) return false;
    if (state !== undefined && (rowState ?? 'pending') !== state) return false;
    if (tag === undefined && url === undefined) return true;
    return isSpecWanted(spec, { tag, url });
  };
}

/** Whether a target and its tags, in the JSON text of a spec, are asked for. */
export function isSpecWanted(
  text: string,
  { tag, url }: { readonly tag: string | undefined; readonly url: string | undefined },
): boolean {
  // Most rows are told apart by their text, without parsing it.
  if (tag !== undefined && !text.includes(JSON.stringify(tag))) return false;
  const isCommand = text.includes('"kind":"command"');
  const isInText = url === undefined || text.includes(JSON.stringify(url).slice(1, -1));
  if (!isInText && !isCommand) return false;
  const spec = JSON.parse(text) as Spec;
  if (tag !== undefined && !spec.tags?.includes(tag)) return false;
  return url === undefined || targetUrl(spec.target).includes(url);
}
