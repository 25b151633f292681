// The processes of one command, wherever they have gone: children that left their group or session
// and daemons too. Two ways to find them, chosen once by what the system offers: a cgroup of their
// own (nothing escapes it), or a mark in their environment (`marked-tree.ts`).

import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../../clock.ts';
import { limits } from '../../limits.ts';

/** All that began with one attempt. */
export interface ProcessTree {
  /** Words that go before the command's own, so that it begins its life inside. */
  readonly launcher: readonly string[];
  /** Processes that are alive. */
  pids(): Promise<readonly number[]>;
  /** Ends all of them, without being asked; new ones may be on their way out of it. */
  kill(): Promise<void>;
  /** Nothing is left in it: what stood for it goes. */
  remove(): void;
}

/** Where the trees of one store stand. */
export interface ProcessTrees {
  readonly kind: 'cgroup' | 'mark';
  /** For one attempt; `mark` is in the environment of its processes. */
  open(mark: string, memoryBytes: number | undefined): ProcessTree;
  /** What an earlier process of this store has left behind. */
  leftovers(): ProcessTree;
  /** Can it hold a command to so much memory? */
  readonly hasMemoryLimit: boolean;
  close(): void;
}

/** Not empty while its first process lives, which may still be on its way into it. */
export function rootedTree(tree: ProcessTree, root: ChildProcess): ProcessTree {
  const outside = (): readonly number[] =>
    root.pid !== undefined && root.exitCode === null && root.signalCode === null ? [root.pid] : [];
  return {
    launcher: tree.launcher,
    async pids() {
      const inside = await tree.pids();
      return inside.length > 0 ? inside : outside();
    },
    async kill() {
      for (const pid of outside()) signal(pid, 'SIGKILL');
      await tree.kill();
    },
    remove: () => tree.remove(),
  };
}

/** How the end of a tree goes: false if something was still alive when we gave up. */
export async function endTree(
  tree: ProcessTree,
  { clock, graceMs }: { readonly clock: Clock; readonly graceMs: number },
): Promise<boolean> {
  const gentleUntil = clock.now() + graceMs;
  const giveUpAt = gentleUntil + limits.commandGoneMs;
  const asked = new Set<number>();
  for (;;) {
    const pids = await tree.pids();
    if (pids.length === 0) {
      tree.remove();
      return true;
    }
    const now = clock.now();
    if (now >= giveUpAt) return false;
    if (now >= gentleUntil) await tree.kill();
    else for (const pid of pids) askOnce(pid, asked);
    await pause(clock, limits.commandLookMs);
  }
}

/** A stopped process hears of it only when it goes on. */
function askOnce(pid: number, asked: Set<number>): void {
  if (asked.has(pid)) return;
  asked.add(pid);
  signal(pid, 'SIGTERM');
  signal(pid, 'SIGCONT');
}

/** It may be gone by now, which is as good. */
export function signal(pid: number, name: NodeJS.Signals): void {
  // 0 would be our own group, and 1 is everybody's parent.
  if (pid <= 1) return;
  try {
    process.kill(pid, name);
  } catch {
    // ESRCH: gone. EPERM: it has become another user's, whom only root may end.
  }
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve, { keepsAlive: true });
  });
}
