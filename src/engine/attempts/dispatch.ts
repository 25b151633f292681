// Starts due jobs while there are free slots: names them in the in-flight file in one write, then
// sends each on its way. Called after every change that may free a slot or bring a job; costs
// nothing when idle.

import { targetUrl } from '../../job/target-name.ts';
import { limits } from '../../limits.ts';
import { later, type Node } from '../node.ts';
import { deliver } from './deliver.ts';
import { expireHeld } from './expire.ts';
import type { HeldJob } from './held-job.ts';
import { refill } from './refill.ts';

/** A wake-up that many callers of one turn share. */
export function createWake(
  getNode: () => Node,
  schedule: (action: () => void) => unknown,
): () => void {
  let isWoken = false;
  return () => {
    if (isWoken) return;
    isWoken = true;
    schedule(() => {
      isWoken = false;
      dispatch(getNode());
    });
  };
}

function dispatch(node: Node): void {
  if (node.standstill || node.disk.level === 'outcomes') return;
  const now = node.clock.now();
  node.scheduler.ring(now);
  const starting: HeldJob[] = [];
  while (mayBegin(node)) {
    const job = node.scheduler.next(now);
    if (!job) break;
    if (job.expiresAt <= now) expireHeld(node, job);
    else starting.push(job);
  }
  if (starting.length > 0) begin(node, starting, { isAlone: false });
  saveTurns(node);
  refill(node);
  node.lookPast.wake();
  arm(node, now);
}

/** Turns that are far apart are remembered, so that a restart gives none twice. */
function saveTurns(node: Node): void {
  const rows = node.settings.takeDirty();
  if (rows.length === 0) return;
  node.store.saveSettings(rows).catch((error) => {
    node.log('error', 'Turns of a pace are not written', { error: String(error) });
  });
}

/** Wakes when something opens by itself. */
function arm(node: Node, now: number): void {
  const at = node.scheduler.nextAlarmAt();
  if (at >= node.alarm.at && node.alarm.at > now) return;
  node.alarm.stop?.();
  node.alarm.at = at;
  node.alarm.stop = undefined;
  if (at === Number.POSITIVE_INFINITY) return;
  const delayMs = Math.min(limits.sleepMs, Math.max(1, Math.ceil(at - now)));
  node.alarm.stop = node.clock.after(delayMs, () => {
    node.alarm.at = Number.POSITIVE_INFINITY;
    node.wake();
  });
}

/** Results that no commit has taken yet are in memory: a slow disk must not pile them up. */
function mayBegin(node: Node): boolean {
  const isFree = node.scheduler.running < node.attemptsAtOnce;
  return isFree && node.settling < limits.settlementsWaiting;
}

/** Names the attempts, then tries them; false if they cannot be named now. */
export function begin(
  node: Node,
  jobs: readonly HeldJob[],
  { isAlone }: { readonly isAlone: boolean },
): boolean {
  const startedAt = node.clock.now();
  try {
    node.store.start(
      jobs.map(({ seq, attempt, spec }) => {
        const isOnce = spec.delivery === 'at-most-once';
        return { seq, attempt, startedAt, isAlone, isOnce };
      }),
    );
  } catch (error) {
    postpone(node, jobs, error);
    return false;
  }
  for (const job of jobs) {
    job.phase = 'running';
    job.startedAt = startedAt;
    node.counters.attempts++;
    emitStarted(node, job, startedAt);
    void deliver(node, job, startedAt);
  }
  return true;
}

/**
 * What a death could hide is not sent: the jobs go back into their lines until the disk takes
 * names.
 */
function postpone(node: Node, jobs: readonly HeldJob[], error: unknown): void {
  node.log('error', 'Attempts cannot be named, none begins', { error: String(error) });
  const now = node.clock.now();
  for (const job of jobs) {
    node.scheduler.release(job, now);
    node.scheduler.add(job, now);
  }
  node.standstill = 'names';
  later(node, limits.sleepMs, () => {
    node.standstill = node.isStopping ? 'stop' : undefined;
    node.wake();
  });
}

function emitStarted(node: Node, job: HeldJob, at: number): void {
  const { id, queue, attempt, spec, runAt } = job;
  const url = targetUrl(spec.target);
  const waitedMs = Math.max(0, at - runAt);
  node.events.emit({ type: 'job.started', at, jobId: id, queue, url, attempt, waitedMs });
}
