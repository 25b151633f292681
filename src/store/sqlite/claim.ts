// Reads due jobs, best first. Nothing is written: one process owns the store, so what it holds is
// known from its memory (`held`), and a claim is only a look at the head of a queue. One range of
// the index per priority level keeps the look as short as what it finds, however long the queue is.

import type { Level } from '../../job/job.ts';
import { ORDERED_LEVEL } from '../../job/job.ts';
import type { Claim, Claimed } from '../store.ts';
import type { Database } from './driver.ts';
import type { QueueIds } from './queue-ids.ts';
import { idText } from './row.ts';

// Jobs that were stored while their queue was ordered come last when it is not any more.
const LEVELS: readonly Level[] = [0, 1, 2, 3, ORDERED_LEVEL];
/** The part of a claim that a lower level gets, though better ones would take it all. */
const LOWER_PART = 16;

export function claimer(
  database: Database,
  queues: QueueIds,
): (claims: readonly Claim[], now: number) => Claimed[][] {
  const head = database.prepare(`
    select seq from todo indexed by todoByQueue
    where queue = ? and priority = ? and runAt <= ? order by runAt, seq limit ?`);
  const ordered = database.prepare(`
    select seq from todo indexed by todoOrdered
    where queue = ? and priority = ${ORDERED_LEVEL} and runAt <= ? order by seq limit ?`);
  // The one that has begun goes first, though others with lower numbers fell due meanwhile.
  const begun = database.prepare(`
    select seq from (
      select seq, runAt from todo indexed by todoBegun
      where queue = ? and priority = ${ORDERED_LEVEL} and attempt > 1 order by seq limit 1)
    where runAt <= ?`);
  const named = database.prepare('select 1 from todo where seq = ? and queue = ? and runAt <= ?');
  const read = waitingReader(database);

  /** Not held ones, level by level. */
  const dueOf = (
    queue: number,
    { limit, held, isOrdered, only }: Claim,
    now: number,
  ): number[][] => {
    if (only) return [only.filter((seq) => named.get(seq, queue, now) !== undefined)];
    const known = new Set(held);
    const most = limit + held.length;
    const fresh = (rows: [number][]): number[] =>
      rows.flatMap(([seq]) => (known.has(seq) ? [] : seq));
    if (isOrdered) {
      const first = begun.all<[number]>(queue, now);
      return [[...new Set(fresh([...first, ...ordered.all<[number]>(queue, now, most)]))]];
    }
    return LEVELS.map((level) => fresh(head.all<[number]>(queue, level, now, most)));
  };

  const claim = (wish: Claim, now: number): Claimed[] => {
    const queue = queues.find(wish.queue);
    if (queue === undefined) return [];
    const { limit, bytes = Infinity } = wish;
    const claimed: Claimed[] = [];
    let bytesRead = 0;
    for (const seq of shareOut(dueOf(queue, wish, now), limit)) {
      if (bytesRead >= bytes) break;
      const job = read(seq);
      bytesRead += job.spec.length + (job.body?.byteLength ?? 0);
      claimed.push(job);
    }
    return claimed;
  };
  return (claims, now) => claims.map((each) => claim(each, now));
}

/** Best first; and of each lower level a few, so that none is left on disk for ever. */
function shareOut(levels: readonly (readonly number[])[], limit: number): number[] {
  const part = Math.floor(limit / LOWER_PART);
  const chosen = levels.map((seqs) => seqs.slice(0, part));
  let left = limit - chosen.reduce((sum, { length }) => sum + length, 0);
  return levels.flatMap((seqs) => {
    const own = Math.min(seqs.length, part);
    const more = Math.min(left, seqs.length - own);
    left -= more;
    return seqs.slice(0, own + more);
  });
}

type WaitingRow = readonly [
  queue: string,
  priority: Level,
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
