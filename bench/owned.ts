// Every process and folder that the bench makes. However it ends, they end with it.

import type { ChildProcess } from 'node:child_process';
import { rmSync, statfsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const processes = new Set<ChildProcess>();
const folders = new Set<string>();

process.once('exit', () => {
  for (const child of processes) child.kill('SIGKILL');
  for (const folder of folders) removeFolder(folder);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(130));
}

export function ownProcess(child: ChildProcess): void {
  processes.add(child);
  child.once('exit', () => processes.delete(child));
}

/** Ends within `graceMs` by itself, else is killed. */
export async function endOf(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
}

/** A folder for stores, where there is a disk: the temporary folder is often memory. */
export async function makeFolder(): Promise<string> {
  const places = ['/var/tmp', tmpdir(), process.cwd()];
  const onDisk = places.find((place) => isOnDisk(place)) ?? process.cwd();
  const folder = await mkdtemp(join(onDisk, 'sendoff-bench-'));
  folders.add(folder);
  return folder;
}

const TMPFS = 0x01021994;

function isOnDisk(place: string): boolean {
  try {
    return statfsSync(place).type !== TMPFS;
  } catch {
    // There is no such folder on this system.
    return false;
  }
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}
