// What the machine must have: Node, SQLite, room on the disk, enough open files.

import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { limits } from '../limits.ts';
import { size } from './span.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly verdict: 'good' | 'warning' | 'bad';
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

export async function machineFindings(store: string): Promise<Finding[]> {
  return [nodeVersion(), await sqliteVersion(), await freeDisk(store), openFiles()];
}

function nodeVersion(): Finding {
  const found = process.versions.node;
  const what = 'node';
  if (isAtLeast(found, '24.15.0')) return { what, verdict: 'good', detail: found };
  return { what, verdict: 'bad', detail: found, advice: 'sendoff needs Node 24.15 or newer.' };
}

async function sqliteVersion(): Promise<Finding> {
  const { DatabaseSync } = await import('node:sqlite');
  const { oldestSqlite } = await import('../store/sqlite/schema.ts');
  const database = new DatabaseSync(':memory:');
  const row = database.prepare('select sqlite_version() as version').get();
  database.close();
  const found = String(row?.version);
  const what = 'sqlite';
  if (isAtLeast(found, oldestSqlite)) return { what, verdict: 'good', detail: found };
  const advice = `sendoff needs SQLite ${oldestSqlite} or newer: update Node.`;
  return { what, verdict: 'bad', detail: found, advice };
}

/** Both as `1.2.3`. */
export function isAtLeast(found: string, needed: string): boolean {
  const wanted = needed.split('.').map(Number);
  const had = found.split('.').map((part) => Number.parseInt(part, 10));
  for (const [at, want] of wanted.entries()) {
    const have = had[at] ?? 0;
    if (have !== want) return have > want;
  }
  return true;
}

async function freeDisk(store: string): Promise<Finding> {
  const folder = dirname(resolve(store));
  const what = 'disk';
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const detail = `${size(free)} free in ${folder}`;
    if (free >= limits.diskLowBytes) return { what, verdict: 'good', detail };
    const verdict = free >= limits.diskFullBytes ? 'warning' : 'bad';
    const advice = `Below ${size(limits.diskFullBytes)} new jobs are refused with storage_full.`;
    return { what, verdict, detail, advice };
  } catch (error) {
    return { what, verdict: 'bad', detail: (error as Error).message };
  }
}

/** Each attempt under way holds a connection, each caller too. */
const OPEN_FILES_WANTED = 4_096;

function openFiles(): Finding {
  const what = 'open files';
  const { report } = process;
  // Without this the report looks up the name of every connection's other end.
  Object.assign(report, { excludeNetwork: true });
  const found = (report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } })
    .userLimits?.open_files?.soft;
  if (found === undefined) return { what, verdict: 'good', detail: 'no limit known here' };
  const most = found === 'unlimited' ? Number.POSITIVE_INFINITY : Number(found);
  const detail = `up to ${found}`;
  if (most >= OPEN_FILES_WANTED) return { what, verdict: 'good', detail };
  const advice = 'With fewer, less is done at once: raise it with `ulimit -n` or LimitNOFILE.';
  return { what, verdict: 'warning', detail, advice };
}
