// Takes a job back: out of its line, off the wire, or too late.

import { SendoffError } from '../errors.ts';
import type { Spec } from '../job/job.ts';
import type { CancelResult } from '../sendoff.ts';
import type { JobRow } from '../store/store.ts';
import type { HeldJob } from './held-job.ts';
import type { Node } from './node.ts';
import { finalOf } from './verdict.ts';

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
  const { seq, id } = row;
  hide(node, seq);
  const final = finalOf({ state: 'cancelled' }, { now: node.clock.now(), keep: node.keep });
  const [outcome] = await node.store.cancelWaiting([{ seq, final }]);
  if (outcome === 'not_found') throw new SendoffError('not_found', `There is no job ${id}`);
  if (outcome === 'already_final') return { id, cancelled: 'too-late' };
  // A look at the disk that came before may have brought it into memory, or on its way, meanwhile.
  hide(node, seq);
  const running = node.window.at(seq);
  if (running) await abort(node, running);
  node.counters.cancelled++;
  announce(node, row, final.settledAt);
  return { id, cancelled: running ? 'aborted' : 'removed' };
}

/** Out of memory, so that no attempt begins while the cancellation is written. */
function hide(node: Node, seq: number): void {
  const held = node.window.at(seq);
  if (held?.phase !== 'ready') return;
  node.window.release(held);
  node.scheduler.drop(held);
}

function announce(node: Node, { id, queue, spec }: JobRow, at: number): void {
  const { target } = JSON.parse(spec) as Spec;
  node.events.emit({ type: 'job.cancelled', at, jobId: id, queue, url: target.url });
  node.waiters.notify(id);
}
