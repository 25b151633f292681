// Large bodies, as chunks. A body under way is listed in `upload`; taking it over removes it from
// that list, dropping it marks it there. So whatever a crash leaves behind is found again, and the
// space of a body of any size is given back a few chunks per commit.

import { limits } from '../../limits.ts';
import type { Database } from './driver.ts';

/** Chunks deleted in one commit. */
const SWEPT_CHUNKS = Math.floor(limits.chunkBytesPerCommit / limits.chunkBytes);

export interface Chunk {
  readonly bodyId: number;
  readonly part: number;
  readonly isLast: boolean;
  readonly data: Uint8Array;
}

export interface Bodies {
  write(chunk: Chunk): void;
  /** The body belongs to a job or response from now on. */
  own(bodyId: number): void;
  /** Gives up a body that nobody owns; one that is owned stays. */
  discard(bodyId: number): void;
  /** One more owner has a body that is owned. */
  share(bodyId: number): void;
  /** Gives up a body whose owner, the last one, lets it go. */
  drop(bodyId: number): void;
  /** Gives up what an earlier process left half written. */
  dropAll(): void;
  /** Deletes a few chunks of dropped bodies; false if there are none. */
  sweep(): boolean;
}

export function bodies(database: Database): Bodies {
  const begin = database.prepare('insert into upload values (?, 0)');
  const insert = database.prepare('insert into chunk values (?, ?, ?, ?)');
  const own = database.prepare('delete from upload where bodyId = ?');
  const discard = database.prepare('update upload set isDropped = 1 where bodyId = ?');
  const drop = database.prepare('insert or replace into upload values (?, 1)');
  const share = database.prepare(`
    insert into bodyShare values (?, 2) on conflict (bodyId) do update set owners = owners + 1`);
  const leave = database.prepare(
    'update bodyShare set owners = owners - 1 where bodyId = ? returning owners',
  );
  const unshare = database.prepare('delete from bodyShare where bodyId = ?');
  const dropAll = database.prepare('update upload set isDropped = 1 where isDropped = 0');
  const dropped = database.prepare('select bodyId from upload where isDropped = 1 limit 1');
  const remove = database.prepare(`
    delete from chunk where bodyId = ?1 and part in
      (select part from chunk where bodyId = ?1 order by part limit ${SWEPT_CHUNKS})`);

  return {
    write({ bodyId, part, isLast, data }) {
      if (part === 0) begin.run(bodyId);
      insert.run(bodyId, part, Number(isLast), data);
    },
    own: (bodyId) => void own.run(bodyId),
    discard: (bodyId) => void discard.run(bodyId),
    share: (bodyId) => void share.run(bodyId),
    drop(bodyId) {
      const owners = leave.get<[number]>(bodyId)?.[0];
      if (owners === 1) unshare.run(bodyId);
      if (owners === undefined) drop.run(bodyId);
    },
    dropAll: () => void dropAll.run(),
    sweep() {
      const row = dropped.get<[number]>();
      if (row === undefined) return false;
      if (remove.run(row[0]) < SWEPT_CHUNKS) own.run(row[0]);
      return true;
    },
  };
}
