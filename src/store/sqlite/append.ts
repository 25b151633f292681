// Stores jobs. A job whose id and key are our own making is one insert (two if it is parked). One
// that the caller named is compared first with the job that has its id, and with the one that its
// key stands for.

import type { AppendExtras, Appended, AppendResult, NewJob } from '../store.ts';
import type { Bodies } from './body.ts';
import { sameContent } from './content-of.ts';
import type { Database } from './driver.ts';
import { groupFinder, groupInserter } from './group.ts';
import type { QueueIds } from './queue-ids.ts';
import { idText } from './row.ts';
import { settingWriter } from './setting.ts';

export interface AppendTools {
  readonly database: Database;
  readonly queues: QueueIds;
  readonly bodies: Bodies;
}

/** An earlier job with the id or the key of a new one. */
interface Earlier {
  readonly id: string;
  readonly seq: number;
  readonly isSame: boolean;
}

export function appender(
  tools: AppendTools,
): (jobs: readonly NewJob[], extras?: AppendExtras) => AppendResult | undefined {
  const { database } = tools;
  const insert = inserter(tools);
  const find = finder(database);
  const findGroup = groupFinder(database);
  const insertGroup = groupInserter(database);
  const saveSettings = settingWriter(database, tools.queues);

  const appendOne = (job: NewJob): Appended | { readonly mismatch: string } => {
    const earlier = job.hash === null && job.dedupe === null ? [] : find(job);
    const other = earlier.find(({ isSame }) => !isSame);
    if (other !== undefined) return { mismatch: other.id };
    const [first] = earlier;
    if (first !== undefined) {
      if (job.bodyId !== null) tools.bodies.discard(job.bodyId);
      return { kind: 'duplicate', id: first.id, seq: first.seq };
    }
    insert(job);
    return { kind: 'stored' };
  };

  return (jobs, { group, settings } = {}) => {
    const known = group && findGroup(group);
    if (known !== undefined) {
      for (const { bodyId } of jobs) if (bodyId !== null) tools.bodies.discard(bodyId);
      return { kind: known };
    }
    // A group is all or nothing, and its jobs may repeat each other: each sees those before it.
    const isGroup = jobs.length > 1;
    if (isGroup) database.exec('savepoint appended');
    const results: Appended[] = [];
    for (const [index, job] of jobs.entries()) {
      const result = appendOne(job);
      if ('mismatch' in result) {
        if (isGroup) {
          database.exec('rollback to appended; release appended');
          tools.queues.forget();
        }
        return { kind: 'mismatch', index, id: result.mismatch };
      }
      results.push(result);
    }
    if (isGroup) database.exec('release appended');
    if (group) insertGroup(group, jobs, results);
    if (settings) saveSettings(settings);
    const isAllNew = results.every(({ kind }) => kind === 'stored');
    return isAllNew ? undefined : { kind: 'appended', jobs: results };
  };
}

function inserter({ database, queues, bodies }: AppendTools) {
  const insertJob = database.prepare(
    "insert into job values (?, unhex(?, '-'), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const insertTodo = database.prepare('insert into todo values (?, ?, ?, ?, ?, 1, 0, 0)');
  const insertKey = database.prepare('insert or replace into dedupe values (?, ?, ?)');

  return (job: NewJob): void => {
    const { seq, id, priority, createdAt, runAt, expiresAt, spec, body, bodyId, hash } = job;
    const queue = queues.of(job.queue);
    insertJob.run(
      seq,
      id,
      queue,
      priority,
      createdAt,
      runAt,
      expiresAt,
      bodyId,
      job.bodyBytes,
      hash,
      spec,
      body,
    );
    if (job.isParked) insertTodo.run(seq, queue, priority, runAt, expiresAt);
    if (job.dedupe !== null) insertKey.run(job.dedupe.key, seq, job.dedupe.untilAt);
    if (bodyId !== null) bodies.own(bodyId);
  };
}

function finder(database: Database) {
  const byId = database.prepare("select seq, id, hash from job where id = unhex(?, '-')");
  // A key outlives neither its window nor its job.
  const byKey = database.prepare(`
    select job.seq, job.id, job.hash from dedupe join job using (seq)
    where key = ? and untilAt > ?`);
  const isSame = sameContent(database);

  const earlier = (row: EarlierRow | undefined, hash: Uint8Array | null): Earlier[] => {
    if (row === undefined) return [];
    const [seq, id, stored] = row;
    return [{ seq, id: idText(id), isSame: hash === null || isSame(seq, stored, hash) }];
  };
  return ({ id, createdAt, hash, dedupe }: NewJob): Earlier[] => {
    const sameId = earlier(byId.get<EarlierRow>(id), hash);
    if (dedupe === null) return sameId;
    const row = byKey.get<EarlierRow>(dedupe.key, createdAt);
    return [...sameId, ...earlier(row, dedupe.compare === 'key' ? null : hash)];
  };
}

type EarlierRow = readonly [seq: number, id: Uint8Array, hash: Uint8Array | null];
