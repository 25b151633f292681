// Sends a job on its way again: a waiting one now, a settled one with a fresh budget of tries.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Receipt } from '../sendoff.ts';
import type { Node } from './node.ts';
import { isUnderWay } from './view.ts';

export async function retry(node: Node, id: string): Promise<Receipt> {
  const held = node.window.find(id);
  if (held && isUnderWay(held)) {
    throw new SendoffError('already_running', `Job ${id} is being tried at this moment`, {
      jobId: id,
    });
  }
  const [row] = await node.store.get([id]);
  if (!row) throw new SendoffError('not_found', `There is no job ${id}`);
  const now = node.clock.now();
  if (!held) await reopen(node, { seq: row.seq, id, now });
  const runAt = new Date(now).toISOString();
  return { id, state: 'pending', queue: row.queue, runAt, duplicate: false };
}

async function reopen(
  node: Node,
  { seq, id, now }: { readonly seq: number; readonly id: string; readonly now: number },
): Promise<void> {
  const expiresAt = now + limits.deadlineMs;
  const [reopened] = await node.store.reopen([{ seq, runAt: now, expiresAt }]);
  if (reopened?.kind !== 'reopened') throw new SendoffError('not_found', `There is no job ${id}`);
  node.due(now, reopened.queue);
  node.wake();
}
