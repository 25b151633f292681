// Processes as the kernel sees them.

import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Those of `pids` that are alive: one that is dead and not yet collected is not. */
export function alive(pids: readonly number[]): number[] {
  return pids.filter((pid) => {
    const state = stateOf(pid);
    return state !== undefined && state !== 'Z' && state !== 'X';
  });
}

/** Children of `parent` that are dead and were never collected. */
export function zombies(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    const status = statusOf(pid);
    const isChild = new RegExp(`^PPid:\\s+${parent}$`, 'm').test(status);
    return isChild && stateOf(pid) === 'Z';
  });
}

/** Resident memory, bytes. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(statusOf(pid))?.[1] ?? 0) * 1_024;
}

/** One process id in each line of a file that may not be there yet. */
export function pidsIn(path: string): number[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').split('\n').filter(Boolean).map(Number);
}

function stateOf(pid: number): string | undefined {
  return /^State:\s+(\w)/m.exec(statusOf(pid))?.[1];
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
