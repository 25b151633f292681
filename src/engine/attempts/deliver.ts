// One attempt from its start to its settlement. The deliverer never throws; a bug of ours here must
// not lose the job, so it becomes a result like any other.

import type { Attempt, AttemptBody } from '../../delivery/deliverer.ts';
import { assert } from '../../errors.ts';
import type { BodyWriter } from '../../job/body.ts';
import type { Outcome } from '../../job/outcome.ts';
import type { Node } from '../node.ts';
import type { HeldJob } from './held-job.ts';
import { settle } from './settle.ts';

/** An attempt that has ended, not yet judged. */
export interface Ended {
  readonly outcome: Outcome;
  readonly startedAt: number;
  /** Holds the response's body if it was large; discarded unless the response is kept. */
  readonly spilled: BodyWriter | undefined;
}

export async function deliver(node: Node, job: HeldJob, startedAt: number): Promise<void> {
  let spilled: BodyWriter | undefined;
  const spill = (): BodyWriter => {
    spilled = node.store.writeBody();
    return spilled;
  };
  beginInTime(job);
  job.abort = new AbortController();
  const attempt = attemptOf(node, job, { startedAt, spill });
  let outcome: Outcome;
  try {
    const deliverer = node.deliverers[job.spec.target.kind];
    assert(deliverer, `somebody delivers to a ${job.spec.target.kind}`);
    outcome = await deliverer.deliver(attempt, job.abort.signal);
  } catch (error) {
    node.log('error', 'An attempt broke', { jobId: job.id, error: String(error) });
    outcome = { kind: 'error', error: 'internal', detail: 'Internal error', isSent: true };
  }
  await settle(node, job, { outcome, startedAt, spilled });
  // Not sooner: who begins to listen before the answer is written still gets what is kept here.
  if (attempt.onOutput) node.outputs.end(job.id, job.attempt);
}

/** A tracer is somebody else's code: the attempt is made without it if it fails. */
function spanOf(node: Node, job: HeldJob): Pick<Attempt, 'span'> {
  try {
    return node.tracing?.isOn() ? { span: node.tracing.begin(job) } : {};
  } catch (error) {
    node.log('error', 'An attempt is not traced', { error: String(error) });
    return {};
  }
}

/** `startBy`, or the time for retries, is met: from now on the deadline counts. */
function beginInTime(job: HeldJob): void {
  const { startByAt, deadlineAt, retry } = job.spec;
  if (deadlineAt === undefined) return;
  if (retry.withinMs !== undefined && job.triesUsed > 0) {
    job.retryUntilAt = job.expiresAt;
    // The deadline of a job that was settled and sent on its way again is not known any more, but
    // it is no earlier than this.
    job.expiresAt = Math.max(deadlineAt, job.expiresAt);
  } else if (job.expiresAt === startByAt) {
    job.expiresAt = deadlineAt;
  }
}

function attemptOf(
  node: Node,
  job: HeldJob,
  { startedAt, spill }: { readonly startedAt: number; readonly spill: () => BodyWriter },
): Attempt {
  const { spec } = job;
  return {
    jobId: job.id,
    target: spec.target,
    dress: spec.dress,
    number: job.attempt,
    idempotencyKey: spec.key ?? job.id,
    traceparent: spec.traceparent,
    tracestate: spec.tracestate,
    ...spanOf(node, job),
    body: bodyOf(node, job),
    timeoutMs: Math.max(1, Math.min(spec.timeoutMs, job.expiresAt - startedAt)),
    ...(spec.connectMs !== undefined && { connectMs: spec.connectMs }),
    ...(spec.firstByteMs !== undefined && { firstByteMs: spec.firstByteMs }),
    ...(spec.idleMs !== undefined && { idleMs: spec.idleMs }),
    spill,
    ...(spec.target.kind === 'command' && { onOutput: node.outputs.begin(job.id, job.attempt) }),
  };
}

function bodyOf(node: Node, { body, bodyId, bodyBytes }: HeldJob): AttemptBody {
  if (bodyId !== null) {
    return { kind: 'chunks', bodyBytes, read: () => node.store.readBody(bodyId) };
  }
  return body === null || bodyBytes === 0 ? { kind: 'none' } : { kind: 'bytes', bytes: body };
}
