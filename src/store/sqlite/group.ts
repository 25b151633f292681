// Groups of jobs: written with their jobs, found by id, and gone with the last of them. The list of
// members is one text, because it is only ever read whole; `groupJob` exists for pruning alone.

import type { Appended, GroupRow, NewGroup, NewJob } from '../store.ts';
import type { Database } from './driver.ts';
import { idText } from './row.ts';

/** What is known of a group with this id, if there is one. */
export function groupFinder(
  database: Database,
): (group: NewGroup) => 'group-repeated' | 'group-mismatch' | undefined {
  const select = database.prepare("select hash from jobGroup where id = unhex(?, '-')");
  return ({ id, hash }) => {
    const row = select.get<[Uint8Array]>(id);
    if (row === undefined) return undefined;
    return Buffer.compare(row[0], hash) === 0 ? 'group-repeated' : 'group-mismatch';
  };
}

/** `appended` says for each job whether it is new or stands for an earlier one. */
export function groupInserter(
  database: Database,
): (group: NewGroup, jobs: readonly NewJob[], appended: readonly Appended[]) => void {
  const insertGroup = database.prepare(
    "insert into jobGroup values (null, unhex(?, '-'), ?, ?, ?, ?, ?) returning number",
  );
  const insertJob = database.prepare('insert into groupJob values (?, ?)');

  return ({ id, createdAt, hash, spec, keys }, jobs, appended) => {
    const named = jobs.map((job, index) => {
      const one = appended[index];
      return one?.kind === 'duplicate' ? one : job;
    });
    const members = JSON.stringify(named.map((job, index) => [keys[index], job.id]));
    const seqs = new Set(named.map(({ seq }) => seq));
    const row = insertGroup.get<[number]>(id, createdAt, hash, spec, members, seqs.size);
    for (const seq of seqs) insertJob.run(seq, row![0]);
  };
}

/** Takes a job that is pruned out of its groups. */
export function groupLeaver(database: Database): (seq: number) => void {
  const leave = database.prepare('delete from groupJob where seq = ? returning groupNumber');
  const count = database.prepare(
    'update jobGroup set jobsLeft = jobsLeft - 1 where number = ? returning jobsLeft',
  );
  const remove = database.prepare('delete from jobGroup where number = ?');
  return (seq) => {
    for (const [number] of leave.all<[number]>(seq)) {
      if (count.get<[number]>(number)?.[0] === 0) remove.run(number);
    }
  };
}

export function groupReader(database: Database): (id: string) => GroupRow | undefined {
  const select = database.prepare(
    "select id, createdAt, spec, members from jobGroup where id = unhex(?, '-')",
  );
  return (id) => {
    const row = select.get<readonly [Uint8Array, number, string, string]>(id);
    if (row === undefined) return undefined;
    const [stored, createdAt, spec, members] = row;
    return { id: idText(stored), createdAt, spec, members: JSON.parse(members) };
  };
}
