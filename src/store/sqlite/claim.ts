// Reads due jobs, best first. Nothing is written: one process owns the store, so what it holds is
// known from its memory (`held`), and a claim is only a look at the head of a queue. One range of
// the index per priority level keeps the look as short as what it finds, however long the queue is.

import type { Priority } from '../../job/job.ts';
import type { Claim, Claimed } from '../store.ts';
import type { Database } from './driver.ts';
import type { QueueIds } from './queue-ids.ts';
import { idText } from './row.ts';

const LEVELS: readonly Priority[] = [0, 1, 2, 3];

export function claimer(
  database: Database,
  queues: QueueIds,
): (claims: readonly Claim[], now: number) => Claimed[][] {
  const head = database.prepare(`
    select seq from todo indexed by todoByQueue
    where queue = ? and priority = ? and runAt <= ? order by runAt, seq limit ?`);
  const read = waitingReader(database);

  const claim = ({ queue, limit, held, bytes = Infinity }: Claim, now: number): Claimed[] => {
    const id = queues.find(queue);
    if (id === undefined) return [];
    const known = new Set(held);
    const claimed: Claimed[] = [];
    let bytesRead = 0;
    for (const priority of LEVELS) {
      const left = limit - claimed.length;
      if (left <= 0 || bytesRead >= bytes) break;
      const rows = head.all<[number]>(id, priority, now, left + held.length);
      const fresh = rows.filter(([seq]) => !known.has(seq)).slice(0, left);
      for (const [seq] of fresh) {
        if (bytesRead >= bytes) break;
        const job = read(seq);
        bytesRead += job.spec.length + (job.body?.byteLength ?? 0);
        claimed.push(job);
      }
    }
    return claimed;
  };
  return (claims, now) => claims.map((each) => claim(each, now));
}

type WaitingRow = readonly [
  queue: string,
  priority: Priority,
  runAt: number,
  expiresAt: number,
  attempt: number,
  triesUsed: number,
  deaths: number,
  id: Uint8Array,
  createdAt: number,
  spec: string,
  body: Uint8Array | null,
  bodyId: number | null,
  bodyBytes: number,
];

/** Reads a job of `todo` whole. */
export function waitingReader(database: Database): (seq: number) => Claimed {
  const select = database.prepare(`
    select queue.name, todo.priority, todo.runAt, todo.expiresAt,
      attempt, triesUsed, deaths, job.id, createdAt, spec, body, bodyId, bodyBytes
    from todo join job using (seq) join queue on queue.id = todo.queue where todo.seq = ?`);
  return (seq) => {
    const row = select.get<WaitingRow>(seq)!;
    const [queue, priority, runAt, expiresAt, attempt, triesUsed, deaths, ...content] = row;
    const [id, createdAt, spec, body, bodyId, bodyBytes] = content;
    const waiting = { seq, queue, priority, runAt, expiresAt, attempt, triesUsed, deaths };
    return { ...waiting, id: idText(id), createdAt, spec, body, bodyId, bodyBytes };
  };
}
