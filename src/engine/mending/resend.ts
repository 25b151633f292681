// Hands a job over again as another one. Without a body of its own it waits on disk first: its body
// is there, and is not brought here.

import { SendoffError } from '../../errors.ts';
import type { CheckedBody, CheckedJob } from '../../job/checked.ts';
import { contentHash } from '../../job/content.ts';
import { ORDERED_LEVEL, type Priority, type Spec } from '../../job/job.ts';
import type { ResendSource } from '../../job/resend.ts';
import { targetUrl } from '../../job/target-name.ts';
import { limits } from '../../limits.ts';
import type { Receipt } from '../../sendoff.ts';
import type { JobRow, NewJob, Resend, Resent } from '../../store/store.ts';
import { admit } from '../intake/admit.ts';
import { specOf, submit } from '../intake/submit.ts';
import type { Node } from '../node.ts';
import { viewOf } from '../views/view.ts';

/** The job as it is to be, and a body in place of the old one. */
export interface Prepared {
  readonly job: CheckedJob;
  readonly body?: CheckedBody;
}

export interface Resending {
  /** The class of the caller. */
  readonly from: string;
  /** Says which job it is to be. */
  readonly prepare: (source: ResendSource) => Promise<Prepared>;
}

export async function resend(
  node: Node,
  id: string,
  { from, prepare }: Resending,
): Promise<Receipt> {
  const [row] = await node.store.get([id]);
  if (!row) throw unknownJob(id);
  const { job, body } = await prepare(sourceOf(row));
  if (body !== undefined) {
    const [receipt] = await submit(node, [{ job, body }], { from });
    return receipt as Receipt;
  }
  const leave = admit(node, { from, jobs: 1, bytes: 0 });
  try {
    const copy = copyOf(node, row, job);
    const [resent] = await node.store.resend([copy]);
    return await answer(node, { id, copy, resent });
  } finally {
    leave();
  }
}

export function sourceOf({ id, queue, priority, spec, runAt, expiresAt }: JobRow): ResendSource {
  const own = priority !== ORDERED_LEVEL ? { priority: priority as Priority } : {};
  return { id, queue, ...own, spec: JSON.parse(spec) as Spec, runAt, expiresAt };
}

/** The new job without its body. */
export function copyOf(node: Node, from: Pick<JobRow, 'seq' | 'id'>, job: CheckedJob): Resend {
  const now = node.clock.now();
  const { id, key, queue, priority, runAt, expiresAt } = job;
  const copy: NewJob = {
    seq: node.nextSeq++,
    id: id ?? node.clock.id(),
    ...{ queue, createdAt: now, runAt },
    priority: node.settings.isOrdered(queue) ? ORDERED_LEVEL : priority,
    expiresAt: Math.min(job.spec.startByAt ?? expiresAt, expiresAt),
    spec: JSON.stringify(specOf(job.spec, expiresAt)),
    ...{ body: null, bodyId: null, bodyBytes: 0 },
    hash: id === undefined && key === undefined ? null : hashOf(job.spec, from.id),
    dedupe: key === undefined ? null : { key, untilAt: now + limits.keyMs, compare: 'content' },
    isParked: true,
  };
  return { fromSeq: from.seq, job: copy };
}

// The body is wherever it is: that it is that job's says as much as its bytes would.
function hashOf({ target, route }: Spec, fromId: string): Uint8Array {
  return contentHash({ target, route, body: Buffer.from(`resent from ${fromId}`) });
}

/** A stored copy goes on its way. */
export function sendOnItsWay(node: Node, { job }: Resend): void {
  const { id, queue, priority, runAt, createdAt } = job;
  const { target } = JSON.parse(job.spec) as Spec;
  node.counters.stored++;
  node.due(runAt, queue, priority);
  node.events.emit({ type: 'job.stored', at: createdAt, jobId: id, queue, url: targetUrl(target) });
}

async function answer(
  node: Node,
  {
    id,
    copy,
    resent,
  }: { readonly id: string; readonly copy: Resend; readonly resent: Resent | undefined },
): Promise<Receipt> {
  if (resent?.kind === 'mismatch') {
    const message = `Job ${resent.id} has this id or key, with another target or body`;
    throw new SendoffError('idempotency_mismatch', message, { jobId: resent.id });
  }
  if (resent?.kind === 'duplicate') {
    node.counters.duplicates++;
    const [row] = await node.store.get([resent.id]);
    if (!row) throw unknownJob(resent.id);
    const { state, queue, runAt } = viewOf(row, node.window.find(row.id), node);
    return { id: row.id, state, queue, runAt, duplicate: true };
  }
  if (resent?.kind !== 'stored') throw unknownJob(id);
  sendOnItsWay(node, copy);
  node.wake();
  const { job } = copy;
  const runAt = new Date(job.runAt).toISOString();
  return { id: job.id, state: 'pending', queue: job.queue, runAt, duplicate: false };
}

function unknownJob(id: string): SendoffError {
  return new SendoffError('not_found', `There is no job ${id}`, { jobId: id });
}
