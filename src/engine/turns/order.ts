// What ends in an ordered queue tells which of its jobs may be next.

import type { HeldJob } from '../attempts/held-job.ts';
import type { Queue } from './queue.ts';

/** The scheduler, as far as it matters here. */
interface Queues {
  find(name: string): Queue | undefined;
  flagBacklog(name: string): void;
}

/** An attempt has ended: others wait for a job that is tried again. */
export function hearEnd(
  queues: Queues,
  { queue: name, seq }: Pick<HeldJob, 'queue' | 'seq'>,
  isFinal: boolean,
): void {
  const queue = queues.find(name);
  if (!queue?.isOrdered) return;
  if (!isFinal) queue.learn(seq);
  // Others may have begun before the queue was ordered: only the disk knows all of them. And what
  // it is just being asked may be this one.
  else if (queue.begun === seq || !queue.isKnown) relearn(queues, name);
}

/** A job of this queue has ended without an attempt: others may have waited for it. */
export function relearn(queues: Queues, name: string): void {
  const queue = queues.find(name);
  if (!queue?.isOrdered) return;
  queue.forgetBegun();
  queues.flagBacklog(name);
}
