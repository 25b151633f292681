// Trees in cgroups of their own (cgroup v2): what is in one stays in it, whatever it forks, and
// `cgroup.kill` ends all of it at once. Each store has a folder below the cgroup of this process,
// each attempt one below that. A fixed launcher puts the child into its cgroup before the command
// begins, so that nothing of it was ever outside.

import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { markedTrees } from './marked-tree.ts';
import type { ProcessTree, ProcessTrees } from './process-tree.ts';

const MOUNTS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];
/** Nothing of a caller's stands in it; what follows comes as arguments. */
const SCRIPT = 'echo $$ >"$1"/cgroup.procs && shift && exec "$@"';

/** Names the launcher in what it says when it cannot begin the command. */
export const LAUNCHER_NAME = 'sendoff-launcher';

/** Undefined where there are no cgroups that we may use. @param store names the store */
export function cgroupTrees(store: string): ProcessTrees | undefined {
  const parent = ownCgroup();
  if (parent === undefined) return undefined;
  const folder = folderOf(store, parent);
  try {
    mkdirSync(folder, { recursive: true });
    // It may be what this store's server left when another user ran it.
    accessSync(folder, constants.W_OK);
    if (!existsSync(join(folder, 'cgroup.kill'))) throw new Error('Too old a kernel');
  } catch {
    return undefined;
  }
  const hasMemoryLimit = offersMemory(parent, folder);
  let count = 0;
  return {
    kind: 'cgroup',
    hasMemoryLimit,
    open(_mark, memoryBytes) {
      const own = join(folder, `run-${process.pid}-${++count}`);
      mkdirSync(own, { recursive: true });
      if (memoryBytes !== undefined && hasMemoryLimit) limitMemory(own, memoryBytes);
      return cgroupTree(own);
    },
    // The store's own folder stays: the next runs go into it.
    leftovers: () => ({
      ...both(cgroupTree(folder), markedTrees(store).leftovers()),
      remove: () => removeAll(folders(folder).slice(0, -1)),
    }),
    close: () => removeAll(folders(folder)),
  };
}

/** Is there a folder of this store's, perhaps of an earlier process? */
export function hasCgroup(store: string): boolean {
  const parent = ownCgroup();
  return parent !== undefined && existsSync(folderOf(store, parent));
}

function folderOf(store: string, parent: string): string {
  return join(parent, `sendoff-${store}`);
}

/** The folder of the cgroup that this process is in. */
function ownCgroup(): string | undefined {
  try {
    const mount = MOUNTS.find((path) => existsSync(join(path, 'cgroup.controllers')));
    const path = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    // A path with dots leads out of what this container sees.
    if (mount === undefined || path === undefined || path.includes('..')) return undefined;
    return join(mount, path);
  } catch {
    return undefined;
  }
}

/** The memory controller must be handed down twice, which a cgroup with processes refuses. */
function offersMemory(parent: string, folder: string): boolean {
  try {
    writeFileSync(join(parent, 'cgroup.subtree_control'), '+memory');
    writeFileSync(join(folder, 'cgroup.subtree_control'), '+memory');
    return true;
  } catch {
    return false;
  }
}

function limitMemory(folder: string, bytes: number): void {
  writeFileSync(join(folder, 'memory.max'), String(bytes));
  const swap = join(folder, 'memory.swap.max');
  if (existsSync(swap)) writeFileSync(swap, '0');
}

function cgroupTree(folder: string): ProcessTree {
  return {
    launcher: ['/bin/sh', '-c', SCRIPT, LAUNCHER_NAME, folder],
    pids: async () => (isPopulated(folder) ? processesIn(folder) : []),
    kill: async () => {
      if (existsSync(folder)) writeFileSync(join(folder, 'cgroup.kill'), '1');
    },
    remove: () => removeAll(folders(folder)),
  };
}

function isPopulated(folder: string): boolean {
  try {
    return readFileSync(join(folder, 'cgroup.events'), 'latin1').includes('populated 1');
  } catch {
    return false;
  }
}

/** Never empty for a cgroup with life in it, even if its last process is on its way out. */
function processesIn(folder: string): number[] {
  const found = folders(folder).flatMap((each) => {
    const text = readFileSync(join(each, 'cgroup.procs'), 'latin1');
    return text.split('\n').filter(Boolean).map(Number);
  });
  // 0 stands for processes of another PID namespace, and for one that is about to be gone.
  return found.length === 0 ? [0] : found;
}

/** A cgroup and all below it, the deepest first; nothing if it is gone. */
function folders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => folders(join(folder, name)));
  return [...below, folder];
}

function removeAll(folders: readonly string[]): void {
  try {
    for (const folder of folders) rmdirSync(folder);
  } catch {
    // Not empty, or gone: the next start looks again.
  }
}

function both(
  first: ProcessTree,
  second: ProcessTree,
): Pick<ProcessTree, 'launcher' | 'pids' | 'kill'> {
  return {
    launcher: [],
    pids: async () => [...(await first.pids()), ...(await second.pids())],
    async kill() {
      await first.kill();
      await second.kill();
    },
  };
}
