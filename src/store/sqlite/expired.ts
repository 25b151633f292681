// Waiting jobs whose time is over. They are only named here; the engine settles them. Those with
// the usual deadline are found by their runAt, so that only the others cost an index entry of their
// own.

import type { Database } from './driver.ts';
import { idText } from './row.ts';
import { usualDeadlineMs } from './schema.ts';

export interface Expired {
  readonly seq: number;
  readonly id: string;
  readonly attempt: number;
}

type Row = readonly [seq: number, id: Uint8Array, attempt: number];

export function expiredFinder(database: Database): (now: number, limit: number) => Expired[] {
  const usual = database.prepare(`
    select seq, id, attempt from todo indexed by todoByRunAt cross join job using (seq)
    where todo.runAt <= ? and todo.expiresAt = todo.runAt + ${usualDeadlineMs}
    order by todo.runAt limit ?`);
  const others = database.prepare(`
    select seq, id, attempt from todo indexed by todoByExpiry cross join job using (seq)
    where todo.expiresAt <= ? and todo.expiresAt <> todo.runAt + ${usualDeadlineMs}
    order by todo.expiresAt limit ?`);
  return (now, limit) => {
    const rows = others.all<Row>(now, limit);
    rows.push(...usual.all<Row>(now - usualDeadlineMs, limit - rows.length));
    return rows.map(([seq, id, attempt]) => ({ seq, id: idText(id), attempt }));
  };
}
