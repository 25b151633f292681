// Writes down what an attempt came to. The slot is free again when the commit is done. A store that
// cannot write for a while keeps the result waiting here: it is never dropped while this process
// lives.

import { SendoffError } from '../../errors.ts';
import { targetUrl } from '../../job/target-name.ts';
import { limits } from '../../limits.ts';
import type { Settlement } from '../../store/store.ts';
import { giveUpReserve } from '../disk.ts';
import { later, type Node } from '../node.ts';
import { parkQueue } from '../settings/pause.ts';
import { forgive } from '../targets/forgive.ts';
import { hear } from '../targets/hear.ts';
import { hearEnd } from '../turns/order.ts';
import type { Ended } from './deliver.ts';
import type { HeldJob } from './held-job.ts';
import { type Verdict, verdictOn } from './verdict.ts';

export async function settle(node: Node, job: HeldJob, ended: Ended): Promise<void> {
  const now = node.clock.now();
  const { random } = node.clock;
  const isOurTrouble = hear(node, job, ended, now);
  const judged = verdictOn(job, ended, { now, keep: node.keep, random });
  const verdict = isOurTrouble ? forgive(job, judged, now) : judged;
  const { next } = verdict.settlement;
  job.phase = 'settling';
  const isKept = next.kind === 'final' && next.response?.bodyId != null;
  if (!isKept) ended.spilled?.discard();
  if (next.kind === 'final') parkQueue(node, job, next);
  const isCurrent = await write(node, verdict.settlement);
  hearEnd(node.scheduler, job, next.kind === 'final' || !isCurrent);
  node.window.release(job);
  // The commit took its time, and to a rate an earlier instant is a clock that was set back.
  node.scheduler.release(job, node.clock.now());
  if (isCurrent) announce(node, job, verdict);
  else node.waiters.notify(job.id);
  node.wake();
}

/** Settles, however long the store takes; false: somebody else has ended this attempt. */
export async function write(node: Node, settlement: Settlement): Promise<boolean> {
  node.settling++;
  try {
    for (;;) {
      try {
        const [isCurrent] = await node.store.settle([settlement]);
        return isCurrent === true;
      } catch (error) {
        if (isOver(node, error)) return false;
        node.log('error', 'A result waits for the store', { error: String(error) });
        if (error instanceof SendoffError && error.code === 'storage_full')
          await giveUpReserve(node);
        await new Promise<void>((resolve) => later(node, limits.sleepMs, resolve));
      }
    }
  } finally {
    node.settling--;
  }
}

// Once the store is closed the attempt is found in the in-flight file at the next start.
function isOver(node: Node, error: unknown): boolean {
  return node.isStopping || (error instanceof SendoffError && error.code === 'closed');
}

function announce(node: Node, job: HeldJob, { settlement, holdUntilAt }: Verdict): void {
  const { next } = settlement;
  if (holdUntilAt !== undefined) node.scheduler.hold(job.queue, holdUntilAt, node.clock.now());
  if (next.kind === 'again') node.due(next.runAt, job.queue);
  count(node, settlement);
  emit(node, job, settlement);
  if (next.kind === 'final') node.waiters.notify(job.id);
}

function count(node: Node, { next, record }: Settlement): void {
  if (next.kind === 'final') node.counters[next.state]++;
  else if (record?.result === 'interrupted') node.counters.interrupted++;
  else node.counters.retried++;
}

/** Tells listeners what became of a job. */
export function emit(
  node: Node,
  job: { readonly id: string; readonly queue: string; readonly spec: HeldJob['spec'] },
  { record, next }: Settlement,
): void {
  const isFinal = next.kind === 'final';
  node.events.emit({
    type: isFinal ? `job.${next.state}` : 'job.retrying',
    at: record?.endedAt ?? node.clock.now(),
    jobId: job.id,
    queue: job.queue,
    url: targetUrl(job.spec.target),
    attempt: record?.number,
    status: record?.status,
    error: record?.error,
    reason: isFinal ? next.reason : undefined,
    runAt: isFinal ? undefined : next.runAt,
    durationMs: record && Math.max(0, record.endedAt - record.startedAt),
  });
}
