// Waiting jobs whose time is over. They are only named here; the engine settles them. Those with
// the usual deadline are found by their runAt, so that only the others cost an index entry of their
// own.

import type { Expired } from '../store.ts';
import type { Database } from './driver.ts';
import { idText } from './row.ts';
import { usualDeadlineMs } from './schema.ts';

type Row = readonly [
  seq: number,
  id: Uint8Array,
  attempt: number,
  triesUsed: number,
  expiresAt: number,
];

const COLUMNS = 'seq, id, attempt, triesUsed, todo.expiresAt';

export function expiredFinder(database: Database): (now: number, limit: number) => Expired[] {
  const usual = database.prepare(`
    select ${COLUMNS} from todo indexed by todoByRunAt cross join job using (seq)
    where todo.runAt <= ? and todo.expiresAt = todo.runAt + ${usualDeadlineMs}
    order by todo.runAt limit ?`);
  const others = database.prepare(`
    select ${COLUMNS} from todo indexed by todoByExpiry cross join job using (seq)
    where todo.expiresAt <= ? and todo.expiresAt <> todo.runAt + ${usualDeadlineMs}
    order by todo.expiresAt limit ?`);
  return (now, limit) => {
    const rows = others.all<Row>(now, limit);
    rows.push(...usual.all<Row>(now - usualDeadlineMs, limit - rows.length));
    return rows.map(([seq, id, attempt, triesUsed, expiresAt]) => {
      return { seq, id: idText(id), attempt, triesUsed, expiresAt };
    });
  };
}
