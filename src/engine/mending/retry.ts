// Sends a job on its way again: a waiting one now, a settled one with a fresh budget of tries.

import { SendoffError } from '../../errors.ts';
import type { Spec } from '../../job/job.ts';
import type { Receipt } from '../../sendoff.ts';
import type { JobRow } from '../../store/store.ts';
import { isUnderWay } from '../attempts/held-job.ts';
import type { Node } from '../node.ts';
import { unparkQueue } from '../settings/pause.ts';
import { relearn } from '../turns/order.ts';

export async function retry(node: Node, id: string): Promise<Receipt> {
  const held = node.window.find(id);
  if (held && isUnderWay(held)) {
    throw new SendoffError('already_running', `Job ${id} is being tried at this moment`, {
      jobId: id,
    });
  }
  // One whose cancellation is being written is not in its line: it is sent on its way after that.
  const isInLine = held?.phase === 'ready';
  const [row] = await node.store.get([id]);
  if (!row) throw new SendoffError('not_found', `There is no job ${id}`);
  const now = node.clock.now();
  if (!isInLine) await reopen(node, row, now);
  await unparkQueue(node, row);
  const runAt = new Date(now).toISOString();
  return { id, state: 'pending', queue: row.queue, runAt, duplicate: false };
}

async function reopen(node: Node, row: JobRow, now: number): Promise<void> {
  const { seq, id } = row;
  const expiresAt = now + spanOf(row);
  const [reopened] = await node.store.reopen([{ seq, runAt: now, expiresAt }]);
  if (reopened?.kind !== 'reopened') throw new SendoffError('not_found', `There is no job ${id}`);
  if (reopened.wasFinal) {
    node.events.emit({ type: 'job.reopened', at: now, jobId: id, queue: reopened.queue });
  }
  relearn(node.scheduler, reopened.queue);
  node.due(now, reopened.queue);
  node.wake();
}

/** From `runAt` to the deadline, as it was asked for; `startBy` is about the first try alone. */
export function spanOf({ spec, runAt, expiresAt }: JobRow): number {
  const { deadlineAt = expiresAt } = JSON.parse(spec) as Spec;
  return deadlineAt - runAt;
}
