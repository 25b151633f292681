// After a death, jobs that were under way at several deaths are tried first, each with nothing else
// under way. If the process dies now, the job that did it is known and ends as `poison`. The time
// for this is short and bounded: those who found no place in it run like all others.

import { limits } from '../../limits.ts';
import type { Claimed } from '../../store/store.ts';
import type { Node } from '../node.ts';
import { begin } from './dispatch.ts';
import { type HeldJob, holdClaimed } from './held-job.ts';

export async function tryAlone(node: Node, suspects: readonly Claimed[]): Promise<void> {
  const startedAt = node.clock.now();
  for (const suspect of suspects) {
    const leftMs = startedAt + 2 * limits.aloneMs - node.clock.now();
    if (leftMs <= 0 || node.isStopping) return;
    if (!(await tryOne(node, suspect, Math.min(leftMs, limits.aloneMs)))) return;
  }
}

/**
 * Resolves when the attempt has ended (true) or `patienceMs` is over (false): then others join in.
 */
async function tryOne(node: Node, suspect: Claimed, patienceMs: number): Promise<boolean> {
  const now = node.clock.now();
  if (suspect.expiresAt <= now || node.window.at(suspect.seq)) return true;
  const job = holdClaimed(suspect, now);
  node.window.hold(job);
  node.scheduler.add(job, now);
  if (!node.scheduler.prefers(job, now)) return false;
  if (!begin(node, [job], { isAlone: true })) return false;
  const hasEnded = await ended(node, job, patienceMs);
  if (!hasEnded) {
    const { seq, attempt, startedAt } = job;
    node.store.start([{ seq, attempt, startedAt, isAlone: false }]);
  }
  return hasEnded;
}

function ended(node: Node, job: HeldJob, patienceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const stopTimer = node.clock.after(patienceMs, () => resolve(false));
    void node.window.whenGone(job).then(() => {
      stopTimer();
      resolve(true);
    });
  });
}
