// What has been said of queues and limits. Few rows, read once at the start.

import type { SettingKind, SettingRow } from '../store.ts';
import type { Database } from './driver.ts';
import type { QueueIds } from './queue-ids.ts';

const PAGE_ROWS = 5_000;

export function settingWriter(
  database: Database,
  queues: QueueIds,
): (rows: readonly SettingRow[]) => void {
  const upsert = database.prepare('insert or replace into setting values (?, ?, ?, ?)');
  const remove = database.prepare('delete from setting where kind = ? and name = ?');
  return (rows) => {
    for (const { kind, name, spec, paidUntil } of rows) {
      // A queue of which something is said is listed, though it may have no job yet.
      if (kind === 'queue') queues.of(name);
      if (spec === null && paidUntil === undefined) remove.run(kind, name);
      else upsert.run(kind, name, spec, paidUntil ?? null);
    }
  };
}

type Row = readonly [
  kind: SettingKind,
  name: string,
  spec: string | null,
  paidUntil: number | null,
];

export function settingReader(
  database: Database,
): (after?: Pick<SettingRow, 'kind' | 'name'>) => SettingRow[] {
  const select = database.prepare(`
    select kind, name, spec, paidUntil from setting
    where (kind, name) > (?, ?) order by kind, name limit ${PAGE_ROWS}`);
  return (after) =>
    select.all<Row>(after?.kind ?? '', after?.name ?? '').map(([kind, name, spec, paidUntil]) => ({
      ...{ kind, name, spec },
      ...(paidUntil !== null && { paidUntil }),
    }));
}
