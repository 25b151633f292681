// Stops in order: no new jobs, no new attempts; those under way may end within the drain time, then
// they are cut and written down as interrupted. What cannot be written in time is found again at
// the next start.

import { limits } from '../limits.ts';
import type { Node } from './node.ts';

export async function stop(node: Node, drainMs: number): Promise<void> {
  node.isDispatching = false;
  await drained(node, drainMs);
  for (const job of node.window.all()) {
    if (job.phase !== 'running') continue;
    job.cut = 'stop';
    job.abort?.abort();
  }
  await drained(node, limits.sleepMs);
  for (const stopTimer of node.timers) stopTimer();
  node.waiters.notifyAll();
}

/** Resolves when nothing is under way, or after `mostMs`. */
function drained(node: Node, mostMs: number): Promise<void> {
  const until = node.clock.now() + mostMs;
  return new Promise((resolve) => {
    const look = (): void => {
      if (node.scheduler.running === 0 || node.clock.now() >= until) resolve();
      else node.clock.after(10, look);
    };
    look();
  });
}
