// A process for `crash.test.ts` to kill: stores and settles jobs, and says so after each commit.

import { openSqliteStore } from '../../sqlite/sqlite-store.ts';
import { NOW, newJob, succeeded } from '../sample.ts';

const store = await openSqliteStore(process.argv[2]!);
let { nextSeq: seq } = await store.rescue({ now: NOW, keepFailedMs: 1 });

async function caller(): Promise<void> {
  for (;;) {
    const job = newJob({ seq: seq++, isParked: seq % 3 === 0 });
    await store.append([job]);
    process.stdout.write(`stored ${job.id}.\n`);
    store.start([{ seq: job.seq, attempt: 1, startedAt: NOW, isAlone: false }]);
    await store.settle([succeeded(job.seq)]);
    process.stdout.write(`settled ${job.id}.\n`);
    store.beat(job.seq - 100);
  }
}

await Promise.all(Array.from({ length: 32 }, caller));
