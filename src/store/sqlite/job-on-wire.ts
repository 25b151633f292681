// A new job in the streams of a batch.

import type { Level } from '../../job/job.ts';
import type { Dedupe, NewJob } from '../store.ts';
import type { Packer, Unpacker } from './wire.ts';

export function packJobs(jobs: readonly NewJob[], packer: Packer): number {
  for (const job of jobs) packJob(job, packer);
  return jobs.length;
}

export function unpackJobs(count: number, packed: Unpacker): NewJob[] {
  return Array.from({ length: count }, () => unpackJob(packed));
}

function packJob(job: NewJob, packer: Packer): void {
  packer.number(job.seq);
  packer.text(job.id);
  packer.text(job.queue);
  packer.number(job.priority);
  packer.number(job.createdAt);
  packer.number(job.runAt);
  packer.number(job.expiresAt);
  packer.text(job.spec);
  packer.bytes(job.body);
  packer.number(job.bodyId);
  packer.number(job.bodyBytes);
  packer.bytes(job.hash);
  packer.boolean(job.isParked);
  packer.text(job.dedupe?.key);
  if (job.dedupe === null) return;
  packer.number(job.dedupe.untilAt);
  packer.text(job.dedupe.compare);
}

function unpackJob(packed: Unpacker): NewJob {
  return {
    seq: packed.number(),
    id: packed.text(),
    queue: packed.text(),
    priority: packed.number() as Level,
    createdAt: packed.number(),
    runAt: packed.number(),
    expiresAt: packed.number(),
    spec: packed.text(),
    body: packed.bytesOrNull(),
    bodyId: packed.numberOrNull(),
    bodyBytes: packed.number(),
    hash: packed.bytesOrNull(),
    isParked: packed.boolean(),
    dedupe: unpackDedupe(packed),
  };
}

function unpackDedupe(packed: Unpacker): Dedupe | null {
  const key = packed.textOrNull();
  if (key === null) return null;
  return { key, untilAt: packed.number(), compare: packed.text() as Dedupe['compare'] };
}
