// Stops in order: no new jobs, no new attempts; those under way may end within the drain time, then
// they are cut and written down as interrupted. What cannot be written in time is found again at
// the next start. There is one stop: whoever asks again waits for the same, and may shorten it.

import { limits } from '../limits.ts';
import { giveUpReserve } from './disk.ts';
import type { Engine } from './engine.ts';
import type { Node } from './node.ts';
import type { Timer } from './timer.ts';

export function createStop(node: Node, timer: Timer): Engine['stop'] {
  let cutAt = Number.POSITIVE_INFINITY;
  let stopped: Promise<void> | undefined;
  return ({ drainMs = limits.drainMs } = {}) => {
    cutAt = Math.min(cutAt, node.clock.now() + drainMs);
    stopped ??= stop(node, { timer, cutAt: () => cutAt });
    return stopped;
  };
}

async function stop(
  node: Node,
  { timer, cutAt }: { readonly timer: Timer; readonly cutAt: () => number },
): Promise<void> {
  node.isStopping = true;
  node.standstill = 'stop';
  timer.stop();
  node.alarm.stop?.();
  try {
    // What ends from here on is written down, also on a disk that is full for others.
    if (node.disk.level !== 'ok') await giveUpReserve(node);
    await drained(node, cutAt);
    cut(node);
    const giveUpAt = node.clock.now() + limits.commandGraceMs + limits.sleepMs;
    await drained(node, () => giveUpAt);
    for (const stopTimer of node.timers) stopTimer();
    node.waiters.notifyAll();
  } finally {
    await node.store.close();
  }
}

function cut(node: Node): void {
  for (const job of node.window.all()) {
    if (job.phase !== 'running') continue;
    job.cut = 'stop';
    job.abort?.abort();
  }
}

/** Resolves when nothing is under way, or at `until`, which may come closer meanwhile. */
function drained(node: Node, until: () => number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (node.scheduler.running === 0 || node.clock.now() >= until()) resolve();
      else node.clock.after(10, look);
    };
    look();
  });
}
