// What the kernel says of a process. Linux only; elsewhere the figures are NaN and print as
// unknown.

import { readFileSync } from 'node:fs';

/** The kernel's unit in `/proc/PID/stat`; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface Cpu {
  /** Of all threads. */
  readonly all: number;
  /** Of the thread that speaks HTTP; what it spends on one job bounds the rate on any machine. */
  readonly main: number;
}

/** CPU seconds of a process so far, in user and kernel. */
export function cpuSeconds(pid: number): Cpu {
  const used = (path: string): number => seconds(statFields(path).slice(11, 13));
  return { all: used(`/proc/${pid}/stat`), main: used(`/proc/${pid}/task/${pid}/stat`) };
}

/** CPU seconds per 1,000 of `count` things done since `before`. */
export function cpuPerThousand(pid: number, before: Cpu, count: number): Cpu {
  const now = cpuSeconds(pid);
  const each = (seconds: number): number => (seconds / count) * 1_000;
  return { all: each(now.all - before.all), main: each(now.main - before.main) };
}

/** CPU time of this process and of its children that have ended. */
export function ownCpuSeconds(): number {
  return seconds(statFields('/proc/self/stat').slice(11, 15));
}

/** CPU time of the whole machine since it started, in user and kernel. */
export function machineCpuSeconds(): number {
  const [, user, nice, system] = read('/proc/stat').split(/\s+/);
  return seconds([user, nice, system]);
}

/** The fields after the name, which stands in brackets and may contain anything. */
function statFields(path: string): string[] {
  const text = read(path);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function seconds(ticks: readonly (string | undefined)[]): number {
  return ticks.reduce((sum, text) => sum + Number(text ?? Number.NaN), 0) / TICKS_PER_SECOND;
}

export interface Memory {
  readonly mebibytes: number;
  readonly peakMebibytes: number;
}

export function memoryOf(pid: number): Memory {
  const text = read(`/proc/${pid}/status`);
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024;
  return { mebibytes: field('VmRSS'), peakMebibytes: field('VmHWM') };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux.
    return '';
  }
}
