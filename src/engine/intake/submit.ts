// Takes jobs off a caller's hands. They are stored before the caller hears yes; a job that is due
// and finds room in memory is then owned by this node and needs nothing more on disk until it
// settles, every other job is written to `todo` in the same commit.

import { SendoffError } from '../../errors.ts';
import type { CheckedJob, Submission } from '../../job/checked.ts';
import { contentHash } from '../../job/content.ts';
import type { Spec } from '../../job/job.ts';
import { ORDERED_LEVEL } from '../../job/job.ts';
import { targetUrl } from '../../job/target-name.ts';
import { limits } from '../../limits.ts';
import type { Receipt } from '../../sendoff.ts';
import type { Appended, AppendResult, NewGroup, NewJob } from '../../store/store.ts';
import { type HeldJob, holdNew } from '../attempts/held-job.ts';
import type { Node } from '../node.ts';
import { type Said, type Saying, weigh } from '../settings/say.ts';
import { viewOf } from '../views/view.ts';
import { admit } from './admit.ts';
import { discardBody } from './receive-body.ts';

type Repeated = Extract<Appended, { kind: 'duplicate' }>;

interface Prepared {
  readonly newJob: NewJob;
  readonly held: HeldJob | undefined;
  readonly url: string;
}

interface HandOver {
  /** The class of the caller. */
  readonly from: string;
}

export function submit(
  node: Node,
  group: readonly Submission[],
  how: HandOver,
): Promise<readonly Receipt[]>;
/** `as` makes the jobs a group; undefined if that group was there already. */
export function submit(
  node: Node,
  group: readonly Submission[],
  how: HandOver & { readonly as: NewGroup },
): Promise<readonly Receipt[] | undefined>;
export async function submit(
  node: Node,
  group: readonly Submission[],
  { from, as }: HandOver & { readonly as?: NewGroup },
): Promise<readonly Receipt[] | undefined> {
  try {
    const leave = admit(node, { from, jobs: group.length, bytes: bytesOf(group) });
    try {
      return await take(node, group, as);
    } finally {
      leave();
    }
  } catch (error) {
    for (const { body } of group) discardBody(body);
    throw error;
  }
}

async function take(
  node: Node,
  group: readonly Submission[],
  as: NewGroup | undefined,
): Promise<readonly Receipt[] | undefined> {
  const now = node.clock.now();
  const prepared = group.map((submission) => prepare(node, submission, now));
  const said = weigh(node, sayingsOf(group, prepared), now);
  try {
    return await store(node, prepared, { now, as, said });
  } catch (error) {
    for (const { held } of prepared) if (held?.phase === 'storing') node.window.release(held);
    throw error;
  }
}

interface Context {
  readonly now: number;
  readonly as: NewGroup | undefined;
  readonly said: Said | undefined;
}

function sayingsOf(group: readonly Submission[], prepared: readonly Prepared[]): Saying[] {
  const sayings: Saying[] = [];
  for (const [index, { job }] of group.entries()) {
    const { id } = (prepared[index] as Prepared).newJob;
    if (job.says) sayings.push({ index, id, job });
  }
  return sayings;
}

async function store(
  node: Node,
  prepared: Prepared[],
  { now, as, said }: Context,
): Promise<readonly Receipt[] | undefined> {
  const jobs = prepared.map((one) => one.newJob);
  const extras = (as || said) && { group: as, settings: said?.rows };
  const result = await node.store.append(jobs, extras);
  if (result.kind === 'mismatch' || result.kind === 'group-mismatch') throw mismatch(result);
  if (result.kind === 'group-repeated') {
    for (const { held } of prepared) if (held) node.window.release(held);
    node.counters.duplicates += prepared.length;
    return undefined;
  }
  const notes = said?.adopt((index) => result.jobs[index]?.kind === 'stored');
  // What is stored goes on its way first: to look up repeats takes time, and may fail.
  const receipts: Receipt[] = [];
  const repeats = new Map<number, string>();
  for (const [index, appended] of result.jobs.entries()) {
    const one = prepared[index] as Prepared;
    if (appended.kind === 'stored')
      receipts[index] = accept(node, one, { now, notes: notes?.get(index) });
    else repeats.set(index, forget(node, one, appended));
  }
  // The callers hear yes first: beginning attempts takes longer than saying so.
  node.wakeNextTurn();
  if (repeats.size > 0) await answerRepeats(node, repeats, receipts);
  return receipts;
}

type Mismatch = Extract<AppendResult, { kind: 'mismatch' | 'group-mismatch' }>;

function mismatch(result: Mismatch): SendoffError {
  if (result.kind === 'group-mismatch') {
    const detail = 'A group has this id, with other requests';
    return new SendoffError('idempotency_mismatch', detail, { field: 'id' });
  }
  const { id, index } = result;
  const detail = `Job ${id} has this id or key, with another target or body`;
  return new SendoffError('idempotency_mismatch', detail, { index, jobId: id });
}

function bytesOf(group: readonly Submission[]): number {
  let bytes = 0;
  for (const { body } of group) if (body.kind === 'bytes') bytes += body.bytes.byteLength;
  return bytes;
}

function prepare(node: Node, { job, body }: Submission, now: number): Prepared {
  const seq = node.nextSeq++;
  const id = job.id ?? node.clock.id();
  const isParked = job.runAt > now || !hasRoom(node, job.queue);
  const specObject = specOf(job.spec, job.expiresAt);
  const spec = JSON.stringify(specObject);
  const newJob: NewJob = {
    seq,
    id,
    queue: job.queue,
    priority: isOrdered(node, job) ? ORDERED_LEVEL : job.priority,
    createdAt: now,
    runAt: job.runAt,
    expiresAt: Math.min(job.spec.startByAt ?? job.expiresAt, job.expiresAt),
    spec,
    body: body.kind === 'bytes' ? body.bytes : null,
    bodyId: body.kind === 'stored' ? body.bodyId : null,
    bodyBytes: bodyBytesOf(body),
    hash: job.id !== undefined || job.key !== undefined ? hashOf(job.spec, body) : null,
    dedupe:
      job.key === undefined
        ? null
        : { key: job.key, untilAt: now + limits.keyMs, compare: 'content' },
    isParked,
  };
  const held = isParked
    ? undefined
    : holdNew({ ...newJob, spec: specObject, specBytes: spec.length }, now);
  if (held) node.window.hold(held);
  return { newJob, held, url: targetUrl(job.spec.target) };
}

/** In a queue that is ordered, or is from this job on, there are no priorities. */
function isOrdered({ settings }: Node, { queue, says }: CheckedJob): boolean {
  const order = says?.queue?.order;
  if (order === undefined || settings.pinned('queue', queue).includes('order')) {
    return settings.isOrdered(queue);
  }
  return order === 'strict';
}

/** A queue with jobs on disk gets its newcomers in line behind them. */
function hasRoom(node: Node, queueName: string): boolean {
  if (node.standstill || !node.window.hasRoom()) return false;
  const queue = node.scheduler.find(queueName);
  return queue === undefined || (!queue.hasBacklog && node.scheduler.hasRoomFor(queue));
}

export function specOf(spec: Spec, expiresAt: number): Spec {
  const hasOtherClock = spec.startByAt !== undefined || spec.retry.withinMs !== undefined;
  return hasOtherClock ? { ...spec, deadlineAt: expiresAt } : spec;
}

function bodyBytesOf(body: Submission['body']): number {
  if (body.kind === 'none') return 0;
  return body.kind === 'bytes' ? body.bytes.byteLength : body.bodyBytes;
}

/** Of a job's content. */
export function hashOf(spec: Spec, body: Submission['body']): Uint8Array {
  const { target, route } = spec;
  if (body.kind === 'stored') {
    return contentHash({ target, route, body: null, bodyHash: body.hash });
  }
  return contentHash({ target, route, body: body.kind === 'bytes' ? body.bytes : null });
}

function accept(
  node: Node,
  { newJob, held, url }: Prepared,
  { now, notes }: { readonly now: number; readonly notes: readonly string[] | undefined },
): Receipt {
  node.counters.stored++;
  if (held) {
    node.window.accept(held);
    // Storing it took its time.
    node.scheduler.add(held, node.clock.now());
  } else {
    node.due(newJob.runAt, newJob.queue, newJob.priority);
  }
  node.events.emit({ type: 'job.stored', at: now, jobId: newJob.id, queue: newJob.queue, url });
  return {
    id: newJob.id,
    state: 'pending',
    queue: newJob.queue,
    runAt: new Date(newJob.runAt).toISOString(),
    duplicate: false,
    ...(notes && { notes }),
  };
}

/** Nothing new; the id of the job that was repeated. */
function forget(node: Node, { held }: Prepared, { id }: Repeated): string {
  if (held) node.window.release(held);
  node.counters.duplicates++;
  return id;
}

/** Puts receipts of repeated jobs (their id by index) where they belong. */
async function answerRepeats(
  node: Node,
  repeats: ReadonlyMap<number, string>,
  receipts: Receipt[],
): Promise<void> {
  const rows = await node.store.get([...repeats.values()]);
  for (const [at, [index, jobId]] of [...repeats].entries()) {
    const row = rows[at];
    if (!row) throw new SendoffError('internal', `Job ${jobId} vanished while it was repeated`);
    const { id, state, queue, runAt } = viewOf(row, node.window.find(row.id), node);
    receipts[index] = { id, state, queue, runAt, duplicate: true };
  }
}
