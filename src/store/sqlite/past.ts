// Walks through the due jobs of a queue, past those that cannot begin. It only looks, so the reader
// does it; the writer reads what is found (`claim` with `only`).

import type { Spec } from '../../job/job.ts';
import { originOf } from '../../job/target-name.ts';
import { type FoundPast, type Past, passKey } from '../past.ts';
import type { Database } from './driver.ts';

// Jobs that were stored while their queue was ordered come last.
const LEVELS = 5;
const HEAD = [-1, 0] as const;

type Row = readonly [seq: number, runAt: number, spec: string, bytes: number];

export function pastFinder(database: Database): (look: Past) => FoundPast {
  const queueId = database.prepare('select id from queue where name = ?');
  const level = database.prepare(`
    select todo.seq, todo.runAt, job.spec, length(job.spec) + coalesce(length(job.body), 0)
    from todo indexed by todoByQueue cross join job using (seq)
    where todo.queue = ? and todo.priority = ? and (todo.runAt, todo.seq) > (?, ?)
      and todo.runAt <= ?
    order by todo.runAt, todo.seq limit ?`);
  return (look) => {
    const place = Array.from({ length: LEVELS }, (_, at) => look.after?.[at] ?? HEAD);
    const id = queueId.get<[number]>(look.queue)?.[0];
    const seqs: number[] = [];
    let [rows, bytes] = [0, 0];
    const passBy = new Set(look.passBy);
    const isFull = (): boolean =>
      seqs.length >= look.limit || (seqs.length > 0 && bytes >= look.bytes);
    for (let at = 0; id !== undefined && at < LEVELS && !isFull(); at++) {
      const left = look.rows - rows;
      if (left <= 0) break;
      const [runAt, after] = place[at] ?? HEAD;
      for (const row of level.all<Row>(id, at, runAt, after, look.now, left)) {
        rows++;
        place[at] = [row[1], row[0]];
        if (passBy.has(keyOf(row[2]))) continue;
        seqs.push(row[0]);
        bytes += row[3];
        if (isFull()) break;
      }
    }
    return { seqs, place, rows };
  };
}

function keyOf(text: string): string {
  const { target, limit } = JSON.parse(text) as Spec;
  return passKey(originOf(target), limit);
}
