// The SQLite store alone: appends, whole cycles, and what a million waiting jobs cost at start.
// Run: node bench/store.ts [waiting jobs]

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOW, newJob, succeeded } from '../src/store/contract/sample.ts';
import { openSqliteStore, type SqliteStore } from '../src/store/sqlite/sqlite-store.ts';

const WAITING = Number(process.argv[2] ?? 1_000_000);
const RESCUE = { now: NOW, keepFailedMs: 1 };

let seq = 1;

async function append(store: SqliteStore): Promise<void> {
  await store.append([newJob({ seq: seq++ })]);
}

async function cycle(store: SqliteStore): Promise<void> {
  const job = newJob({ seq: seq++ });
  await store.append([job]);
  store.start([{ seq: job.seq, attempt: 1, startedAt: NOW, isAlone: false }]);
  await store.settle([succeeded(job.seq)]);
  store.beat(job.seq - 1_000);
}

interface Load {
  readonly name: string;
  readonly callers: number;
  readonly total: number;
  readonly call: () => Promise<void>;
}

async function measure({ name, callers, total, call }: Load): Promise<void> {
  const tookMs: number[] = [];
  let left = total;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const startedAt = performance.now();
      await call();
      tookMs.push(performance.now() - startedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  const rate = (total / (performance.now() - startedAt)) * 1000;
  tookMs.sort((a, b) => a - b);
  const at = (part: number): string => tookMs[Math.floor(tookMs.length * part)]!.toFixed(2);
  console.log(`${name}: ${rate.toFixed(0)}/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

async function fill(store: SqliteStore): Promise<void> {
  const parked = () => newJob({ seq: seq++, isParked: true, queue: `queue ${seq % 50}` });
  for (let left = WAITING; left > 0; left -= 1_000) {
    await store.append(Array.from({ length: Math.min(left, 1_000) }, parked));
  }
  store.beat(seq);
  await store.ping();
}

async function restart(path: string): Promise<void> {
  const startedAt = performance.now();
  const store = await openSqliteStore(path);
  const openedAt = performance.now();
  const { dueQueues } = await store.rescue(RESCUE);
  const rescuedAt = performance.now();
  await store.claim([{ queue: dueQueues[0]!, limit: 256, held: [] }], NOW);
  const claimedAt = performance.now();
  console.log(
    `${WAITING} waiting: open ${(openedAt - startedAt).toFixed(0)} ms, ` +
      `rescue ${(rescuedAt - openedAt).toFixed(0)} ms, ` +
      `first claim ${(claimedAt - rescuedAt).toFixed(0)} ms`,
  );
  await store.close();
}

const folder = await mkdtemp(join(tmpdir(), 'sendoff-bench-'));
const path = join(folder, 's.db');
const store = await openSqliteStore(path);
await store.rescue(RESCUE);
const call = () => append(store);
await measure({ name: 'append, 1 caller', callers: 1, total: 2_000, call });
await measure({ name: 'append, 64 callers', callers: 64, total: 100_000, call });
await measure({ name: 'append, 256 callers', callers: 256, total: 100_000, call });
await measure({
  name: 'cycle, 100 callers',
  callers: 100,
  total: 50_000,
  call: () => cycle(store),
});
await fill(store);
await store.close();
await restart(path);
await rm(folder, { recursive: true });
