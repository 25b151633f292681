// Ends jobs whose time is over before a try of theirs could begin.

import type { JobClock, Spec } from '../../job/job.ts';
import { limits } from '../../limits.ts';
import type { Expired, Settlement } from '../../store/store.ts';
import type { Node } from '../node.ts';
import { parkQueue } from '../settings/pause.ts';
import { relearn } from '../turns/order.ts';
import type { HeldJob } from './held-job.ts';
import { emit, write } from './settle.ts';
import { finalOf, keepOf } from './verdict.ts';

/** A job that had its turn too late; it holds a slot until this is written. */
export function expireHeld(node: Node, job: HeldJob): void {
  job.phase = 'settling';
  void end(node, job, clockOf(job.spec, job)).then(() => {
    node.window.release(job);
    node.scheduler.release(job, node.clock.now());
    node.wake();
  });
}

/** Ends waiting jobs past their time, in small steps. */
export async function expireWaiting(node: Node): Promise<void> {
  const overdue = await node.store.expired(node.clock.now(), limits.pruneRows);
  const waiting = overdue.filter(({ seq }) => isWaiting(node.window.at(seq)));
  await Promise.all(waiting.map((one) => expire(node, one)));
}

// A running attempt ends by its own deadline, and says more than we could here.
function isWaiting(held: HeldJob | undefined): boolean {
  return held === undefined || held.phase === 'ready';
}

async function expire(node: Node, expired: Expired): Promise<void> {
  const { seq, attempt, id } = expired;
  const held = node.window.at(seq);
  if (held) {
    node.window.release(held);
    node.scheduler.drop(held, node.clock.now());
  }
  const [row] = await node.store.get([id]);
  if (!row) return;
  const spec = JSON.parse(row.spec) as Spec;
  await end(node, { seq, attempt, id, queue: row.queue, spec }, clockOf(spec, expired));
}

/** Which clock a waiting job has until `expiresAt`. */
function clockOf(spec: Spec, { expiresAt, triesUsed }: Waiting): JobClock {
  if (expiresAt === spec.startByAt) return 'startBy';
  const isRetry = spec.retry.withinMs !== undefined && triesUsed > 0;
  return isRetry && expiresAt !== spec.deadlineAt ? 'within' : 'deadline';
}

type Waiting = Pick<HeldJob, 'expiresAt' | 'triesUsed'>;

async function end(
  node: Node,
  job: Pick<HeldJob, 'seq' | 'id' | 'queue' | 'spec' | 'attempt'>,
  clock: JobClock,
): Promise<void> {
  const now = node.clock.now();
  const keep = keepOf(node.keep, job.spec);
  const next = finalOf({ state: 'failed', reason: 'expired', clock }, { now, keep });
  const settlement: Settlement = { seq: job.seq, attempt: job.attempt, next };
  parkQueue(node, job, next);
  if (!(await write(node, settlement))) return;
  relearn(node.scheduler, job.queue);
  node.counters.failed++;
  emit(node, job, settlement);
  node.waiters.notify(job.id);
}
