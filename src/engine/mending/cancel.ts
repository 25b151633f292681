// Takes a job back: out of its line, off the wire, or too late.

import { SendoffError } from '../../errors.ts';
import type { Spec } from '../../job/job.ts';
import { targetUrl } from '../../job/target-name.ts';
import type { CancelResult } from '../../sendoff.ts';
import type { CancelledWaiting, CancelWaiting, Final, JobRow } from '../../store/store.ts';
import type { HeldJob } from '../attempts/held-job.ts';
import { finalOf, keepOf } from '../attempts/verdict.ts';
import type { Node } from '../node.ts';
import { relearn } from '../turns/order.ts';

export async function cancel(node: Node, id: string): Promise<CancelResult> {
  const held = node.window.find(id);
  if (held?.phase === 'running') return abort(node, held);
  if (held?.phase === 'settling') return tooLate(node, held);
  const [row] = await node.store.get([id]);
  if (!row) throw new SendoffError('not_found', `There is no job ${id}`);
  if (row.state !== 'pending') {
    throw new SendoffError('already_final', `Job ${id} is ${row.state} already`, { jobId: id });
  }
  return remove(node, row);
}

async function abort(node: Node, job: HeldJob): Promise<CancelResult> {
  job.cut = 'cancel';
  job.abort?.abort();
  await node.window.whenGone(job);
  const [row] = await node.store.get([job.id]);
  return { id: job.id, cancelled: row?.state === 'cancelled' ? 'aborted' : 'too-late' };
}

/** Its result is being written. What is left of it, a retry, can still be removed. */
async function tooLate(node: Node, job: HeldJob): Promise<CancelResult> {
  await node.window.whenGone(job);
  const [row] = await node.store.get([job.id]);
  return row?.state === 'pending' ? remove(node, row) : { id: job.id, cancelled: 'too-late' };
}

async function remove(node: Node, row: JobRow): Promise<CancelResult> {
  const { id } = row;
  const [removal] = await removeWaiting(node, [row], (cancels) =>
    node.store.cancelWaiting(cancels),
  );
  if (removal === 'not-found') throw new SendoffError('not_found', `There is no job ${id}`);
  return { id, cancelled: removal ?? 'too-late' };
}

export type Removal = CancelResult['cancelled'] | 'not-found';

/**
 * Ends jobs that wait. `write` does so on disk; where it gives nothing, nothing was done.
 * @returns one for each, in their order
 */
export async function removeWaiting(
  node: Node,
  rows: readonly JobRow[],
  write: (cancels: readonly CancelWaiting[]) => Promise<readonly CancelledWaiting[] | undefined>,
): Promise<readonly Removal[]> {
  const hidden = rows.map(({ seq }) => hide(node, seq));
  const now = node.clock.now();
  const back = (): void => {
    for (const job of hidden) if (job) bringBack(node, job);
  };
  let outcomes: readonly CancelledWaiting[] | undefined;
  try {
    outcomes = await write(rows.map((row) => ({ seq: row.seq, final: cancelled(node, row, now) })));
  } catch (error) {
    back();
    throw error;
  }
  if (outcomes === undefined) back();
  const removals = (outcomes ?? []).map((outcome, index) =>
    finish(node, rows[index] as JobRow, { outcome, hidden: hidden[index], now }),
  );
  return Promise.all(removals);
}

function cancelled(node: Node, { spec }: JobRow, now: number): Final {
  const keep = keepOf(node.keep, JSON.parse(spec) as Spec);
  return finalOf({ state: 'cancelled' }, { now, keep });
}

interface Written {
  readonly outcome: CancelledWaiting;
  readonly hidden: HeldJob | undefined;
  readonly now: number;
}

async function finish(
  node: Node,
  row: JobRow,
  { outcome, hidden, now }: Written,
): Promise<Removal> {
  if (hidden) node.window.release(hidden);
  if (outcome === 'not_found') return 'not-found';
  if (outcome === 'already_final') return 'too-late';
  // A look at the disk that came before may have brought it into memory, or on its way, meanwhile.
  const late = hide(node, row.seq);
  if (late) node.window.release(late);
  const running = node.window.at(row.seq);
  if (running) await abort(node, running);
  relearn(node.scheduler, row.queue);
  node.wake();
  node.counters.cancelled++;
  announce(node, row, now);
  return running ? 'aborted' : 'removed';
}

/**
 * Out of its line, so that no attempt begins while the cancellation is written. It stays in memory:
 * the low-water mark must not pass a job whose end is not on disk.
 */
function hide(node: Node, seq: number): HeldJob | undefined {
  const held = node.window.at(seq);
  if (held?.phase !== 'ready') return undefined;
  held.phase = 'cancelling';
  node.scheduler.drop(held, node.clock.now());
  return held;
}

/** In line again, as a copy: the old object may still stand there, to be passed by. */
function bringBack(node: Node, hidden: HeldJob): void {
  if (hidden.phase !== 'cancelling') return;
  const copy: HeldJob = { ...hidden, phase: 'ready' };
  node.window.replace(hidden, copy);
  node.scheduler.add(copy, node.clock.now());
  node.wake();
}

function announce(node: Node, { id, queue, spec }: JobRow, at: number): void {
  const { target } = JSON.parse(spec) as Spec;
  node.events.emit({ type: 'job.cancelled', at, jobId: id, queue, url: targetUrl(target) });
  node.waiters.notify(id);
}
