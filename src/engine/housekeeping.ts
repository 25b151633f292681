// What a node does once a second: protects long-held jobs with a row on disk, says how far
// everything is safe, ends what is overdue, removes what its retention is over for, and looks at
// the disk.

import { limits } from '../limits.ts';
import type { Park } from '../store/store.ts';
import { expireWaiting } from './attempts/expire.ts';
import type { HeldJob } from './attempts/held-job.ts';
import { watchDisk } from './disk.ts';
import { later, type Node } from './node.ts';

export function keepHouse(node: Node): void {
  later(node, limits.sleepMs, () => {
    void tick(node).finally(() => {
      if (!node.isStopping) keepHouse(node);
    });
  });
}

async function tick(node: Node): Promise<void> {
  for (const duty of [reconfigure, resumeWaiting, parkOld, expireWaiting, prune, watchDisk]) {
    try {
      await duty(node);
    } catch (error) {
      if (node.isStopping) return;
      node.log('error', `Housekeeping failed: ${duty.name}`, { error: String(error) });
    }
  }
}

function resumeWaiting(node: Node): void {
  node.scheduler.resumeWaiting(node.clock.now());
  node.wake();
}

/** The operator's file may have been read again. */
function reconfigure({ settings, scheduler, configured, clock }: Node): void {
  const now = clock.now();
  for (const [kind, name] of settings.configure(configured())) scheduler.reset(kind, name, now);
}

/** So that the low-water mark never waits for a slow target. */
async function parkOld(node: Node): Promise<void> {
  const jobs = node.window.unparkedSince(node.clock.now() - limits.unparkedMs);
  for (let at = 0; at < jobs.length; at += limits.pruneRows) {
    const some = jobs.slice(at, at + limits.pruneRows).filter(isHeld);
    await node.store.park(some.map(parkOf));
    for (const job of some) node.window.markParked(job);
  }
  node.store.beat(node.window.lowSeq(node.nextSeq));
}

function parkOf({ seq, attempt, runAt, expiresAt, triesUsed, deaths }: HeldJob): Park {
  return { seq, attempt, runAt, expiresAt, triesUsed, deaths };
}

function isHeld(job: HeldJob): boolean {
  return job.phase === 'ready' || job.phase === 'running';
}

async function prune(node: Node): Promise<void> {
  for (let step = 0; step < limits.prunesPerSecond; step++) {
    const removed = await node.store.prune(node.clock.now(), limits.pruneRows);
    if (removed < limits.pruneRows) return;
  }
}
