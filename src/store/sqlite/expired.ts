// Waiting jobs whose time is over. They are only named here; the engine settles them.

import type { Database } from './driver.ts';
import { idText } from './row.ts';

export interface Expired {
  readonly seq: number;
  readonly id: string;
  readonly attempt: number;
}

export function expiredFinder(database: Database): (now: number, limit: number) => Expired[] {
  const select = database.prepare(`
    select seq, id, attempt from todo indexed by todoByExpiry cross join job using (seq)
    where todo.expiresAt <= ? order by todo.expiresAt limit ?`);
  return (now, limit) =>
    select
      .all<readonly [seq: number, id: Uint8Array, attempt: number]>(now, limit)
      .map(([seq, id, attempt]) => ({ seq, id: idText(id), attempt }));
}
