// Why a job is not under way: the first thing that holds it, in the order in which it would meet
// them. What the disk says of it, and what this node's budgets say at this moment.

import type { Why } from '../../budget.ts';
import { limits } from '../../limits.ts';
import type { JobRow } from '../../store/store.ts';
import { type HeldJob, isUnderWay, originAndSpec } from '../attempts/held-job.ts';
import type { Node, Standstill } from '../node.ts';
import type { Block, Budget } from '../turns/budget.ts';
import { inWords } from './why-words.ts';

// More are not counted.
const MOST_AHEAD = 10_000;

/** What holds a waiting job. */
export interface Held extends Block {
  readonly by?: Why['by'];
  /** Said instead of what the reason says. */
  readonly text?: string;
}

/** Undefined if there is no such job. */
export async function why(node: Node, id: string): Promise<Why | undefined> {
  const [row] = await node.store.get([id]);
  if (!row) return undefined;
  const held = node.window.find(id);
  const state = row.state === 'pending' && isUnderWay(held) ? 'running' : row.state;
  if (state !== 'pending') return { id, state, text: settledText(row, state, held) };
  const now = node.clock.now();
  const holder = holderOf(node, row, now);
  const ahead = row.runAt > now ? undefined : await countAhead(node, row, now);
  const { reason, until, by } = holder;
  return {
    ...{ id, state, reason },
    text: inWords(node, row, { holder, ahead, now }),
    ...(until < Number.POSITIVE_INFINITY && { until: new Date(Math.ceil(until)).toISOString() }),
    ...(by && { by }),
    ...(ahead !== undefined && { ahead }),
  };
}

/** The first thing that holds a job which has not settled and is not under way. */
export function holderOf(node: Node, row: JobRow, now: number): Held {
  if (row.runAt > now) {
    return { reason: row.attempts > 0 ? 'retry' : 'delay', until: row.runAt };
  }
  return (
    pausedQueue(node, row) ??
    inOrder(node, row) ??
    standstill(node) ??
    closedBudget(node, row, now) ??
    allSlots(node) ??
    ownTurn(node, row)
  );
}

function pausedQueue({ settings }: Node, { queue }: JobRow): Held | undefined {
  const paused = settings.find('queue', queue)?.paused;
  if (!paused) return undefined;
  const by = { kind: 'queue', name: queue } as const;
  const parked =
    paused.jobId === undefined
      ? {}
      : { text: `queue ${queue} is paused since its job ${paused.jobId} failed` };
  return { reason: 'paused', until: Number.POSITIVE_INFINITY, by, ...parked };
}

/** In an ordered queue: somebody else has begun, or is to begin before. */
function inOrder(node: Node, { queue: name, seq }: JobRow): Held | undefined {
  if (!node.settings.isOrdered(name)) return undefined;
  const queue = node.scheduler.find(name);
  const running = node.window.underWay(name);
  const before = running?.seq ?? queue?.next;
  if (before === undefined || before === seq) return undefined;
  const by = running ? ({ kind: 'job', name: running.id } as const) : undefined;
  return { reason: 'order', until: Number.POSITIVE_INFINITY, ...(by && { by }) };
}

/** Nothing begins at all. */
function standstill({ standstill, disk, settling }: Node): Held | undefined {
  const until = Number.POSITIVE_INFINITY;
  if (standstill) {
    const reason = standstill === 'names' ? 'disk' : 'server';
    return { reason, until, text: STANDSTILLS[standstill] };
  }
  if (disk.level === 'outcomes') return { reason: 'disk', until, text: 'the disk is full' };
  if (settling < limits.settlementsWaiting) return undefined;
  return { reason: 'disk', until, text: `${settling} results wait for the disk to take them` };
}

const STANDSTILLS: Readonly<Record<Standstill, string>> = {
  rescue: 'after a crash, jobs that may have caused it are tried first, each alone',
  names: 'the disk does not take the names of attempts, without which none begins',
  stop: 'the server stops',
};

function ownTurn({ window }: Node, { seq }: JobRow): Held {
  const text = window.at(seq) ? 'its turn is next' : 'it is read from disk in its turn';
  return { reason: 'turn', until: Number.POSITIVE_INFINITY, text };
}

function closedBudget(node: Node, row: JobRow, now: number): Held | undefined {
  const { scheduler } = node;
  const job = originAndSpec(row.spec);
  const budgets: (Budget | undefined)[] = [
    scheduler.find(row.queue)?.budget,
    ...scheduler.budgets.known(job),
  ];
  for (const budget of budgets) {
    const block = budget?.block(now);
    if (budget && block) return { ...block, by: { kind: budget.kind, name: budget.name } };
  }
  return undefined;
}

function allSlots({ scheduler, attemptsAtOnce }: Node): Held | undefined {
  if (scheduler.running < attemptsAtOnce) return undefined;
  const by = { kind: 'all', name: `all ${attemptsAtOnce} attempts at once` } as const;
  return { reason: 'concurrency', until: Number.POSITIVE_INFINITY, by };
}

/** Due jobs of its queue before it that are not under way. */
async function countAhead(node: Node, row: JobRow, now: number): Promise<number> {
  const limit = MOST_AHEAD + node.scheduler.running;
  const seqs = new Set(await node.store.ahead({ seq: row.seq, now, limit }));
  const own = node.window.at(row.seq) ?? row;
  for (const held of node.window.all()) {
    if (held.queue !== row.queue) continue;
    if (isUnderWay(held)) seqs.delete(held.seq);
    else if (!held.isParked && isBefore(held, own)) seqs.add(held.seq);
  }
  return Math.min(MOST_AHEAD, seqs.size);
}

type Place = Pick<HeldJob, 'priority' | 'runAt' | 'seq'>;

function isBefore(one: Place, other: Place): boolean {
  if (one.priority !== other.priority) return one.priority < other.priority;
  return one.runAt === other.runAt ? one.seq < other.seq : one.runAt < other.runAt;
}

function settledText(row: JobRow, state: string, held: HeldJob | undefined): string {
  if (state === 'running') return `attempt ${held?.attempt} is under way`;
  return row.reason === null ? `it is ${state}` : `it is ${state}: ${row.reason}`;
}
