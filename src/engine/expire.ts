// Ends jobs whose time is over before a try of theirs could begin.

import type { Spec } from '../job/job.ts';
import { limits } from '../limits.ts';
import type { JobRow, Settlement } from '../store/store.ts';
import type { HeldJob } from './held-job.ts';
import type { Node } from './node.ts';
import { parkQueue } from './pause.ts';
import { emit, write } from './settle.ts';
import { finalOf } from './verdict.ts';

/** A job that had its turn too late; it holds a slot until this is written. */
export function expireHeld(node: Node, job: HeldJob): void {
  job.phase = 'settling';
  void end(node, job).then(() => {
    node.window.release(job);
    node.scheduler.release(job, node.clock.now());
    node.wake();
  });
}

/** Ends waiting jobs past their time, in small steps. */
export async function expireWaiting(node: Node): Promise<void> {
  const overdue = await node.store.expired(node.clock.now(), limits.pruneRows);
  const waiting = overdue.filter(({ seq }) => isWaiting(node.window.at(seq)));
  await Promise.all(waiting.map(({ seq, attempt, id }) => expire(node, { seq, attempt, id })));
}

// A running attempt ends by its own deadline, and says more than we could here.
function isWaiting(held: HeldJob | undefined): boolean {
  return held === undefined || held.phase === 'ready';
}

async function expire(
  node: Node,
  { seq, attempt, id }: { readonly seq: number; readonly attempt: number; readonly id: string },
): Promise<void> {
  const held = node.window.at(seq);
  if (held) {
    node.window.release(held);
    node.scheduler.drop(held);
  }
  const [row] = await node.store.get([id]);
  if (row) await end(node, { ...jobOf(row), attempt });
}

function jobOf(row: JobRow): Pick<HeldJob, 'seq' | 'id' | 'queue' | 'spec'> {
  return { seq: row.seq, id: row.id, queue: row.queue, spec: JSON.parse(row.spec) as Spec };
}

async function end(
  node: Node,
  job: Pick<HeldJob, 'seq' | 'id' | 'queue' | 'spec' | 'attempt'>,
): Promise<void> {
  const now = node.clock.now();
  const next = finalOf({ state: 'failed', reason: 'expired' }, { now, keep: node.keep });
  const settlement: Settlement = { seq: job.seq, attempt: job.attempt, next };
  parkQueue(node, job, next);
  if (!(await write(node, settlement))) return;
  node.scheduler.relearn(job.queue);
  node.counters.failed++;
  emit(node, job, settlement);
  node.waiters.notify(job.id);
}
