// What the figures were measured on.

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { monotonicMs } from './monotonic.ts';
import { machineCpuSeconds, ownCpuSeconds } from './process-figures.ts';
import { quantile } from './statistics.ts';
import { milliseconds } from './table.ts';

const SYNCS = 300;
/** Of all cores; beyond it the figures say more about the others. */
const QUIET_SHARE = 0.05;
const PAGE_BYTES = 4_096;

export function printMachine(folder: string): void {
  const cores = availableParallelism();
  const [load = 0] = loadavg();
  console.log(
    `node ${process.versions.node}, SQLite ${sqliteVersion()}, ${type()} ${release()} ${arch()}`,
  );
  console.log(
    `${cores} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ` +
      `${Math.round(totalmem() / 2 ** 30)} GiB, load before the run ${load.toFixed(2)}`,
  );
  console.log(`stores in ${folder}`);
  printSync(folder);
  console.log(
    `Load, target and server share the ${cores} cores: the ratios transfer to other machines, ` +
      'the rates do not.',
  );
}

/** Says, once all children have ended, how much of the machine was used by strangers. */
export function watchOthers(): () => void {
  const othersSeconds = (): number => machineCpuSeconds() - ownCpuSeconds();
  const before = { at: monotonicMs(), others: othersSeconds() };
  return () => {
    const seconds = (monotonicMs() - before.at) / 1_000;
    const share = (othersSeconds() - before.others) / (seconds * availableParallelism());
    const verdict = share > QUIET_SHARE ? ': disturbed, repeat it on a quiet machine' : '';
    console.log(
      `${Math.round(seconds)} s in all; other processes used ${Math.round(share * 100)} % ` +
        `of the cores${verdict}`,
    );
  };
}

function sqliteVersion(): string {
  const database = new DatabaseSync(':memory:');
  const row = database.prepare('select sqlite_version() as version').get();
  database.close();
  return String(row?.version);
}

/** Printed before and after the run: on many machines the disk is shared too. */
export function printSync(folder: string): void {
  const file = openSync(join(folder, 'sync'), 'w');
  const page = Buffer.alloc(PAGE_BYTES, 'x');
  const times = Array.from({ length: SYNCS }, () => {
    writeSync(file, page);
    const began = monotonicMs();
    fdatasyncSync(file);
    return monotonicMs() - began;
  });
  closeSync(file);
  const at = (share: number): string => milliseconds(quantile(times, share));
  console.log(`bare fdatasync of 4 KiB there, no load of ours: p50 ${at(0.5)}, p99 ${at(0.99)}`);
}
