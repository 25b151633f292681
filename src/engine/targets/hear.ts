// Hears how an attempt ended, before that is written: what it tells of its target counts at once.

import type { Outcome } from '../../job/outcome.ts';
import { limits } from '../../limits.ts';
import type { Ended } from '../attempts/deliver.ts';
import type { HeldJob } from '../attempts/held-job.ts';
import type { Node } from '../node.ts';
import { type Heard, heardOf, NOTHING } from './heard.ts';
import type { Origin } from './origin.ts';

/** Returns whether the attempt failed by trouble of our own, which is no fault of its job. */
export function hear(node: Node, job: HeldJob, ended: Ended, now: number): boolean {
  const { budgets } = node.scheduler;
  const origin = budgets.target(job.origin);
  if (!origin) return false;
  job.isHeard = true;
  const heard = whatOf(job, ended.outcome, now);
  const wasSuspect = budgets.egress.isSuspect;
  const isNobody = heard.reached === 'nobody';
  const braked = budgets.egress.hear(heard.reached, () => budgets.targets(), now);
  // While we suspect ourselves it says nothing of the target.
  const circuit = wasSuspect && isNobody ? 'neutral' : heard.circuit;
  const moved = origin.hear({ ...heard, circuit }, ended.startedAt, now);
  if (moved) tellOfCircuit(node, origin, { moved, outcome: ended.outcome, now });
  holdQueue(node, job, heard, now);
  if (braked === 'clear') for (const one of budgets.targets()) one.hurry(now);
  if (braked) node.events.emit({ type: `egress.${braked}`, at: now });
  node.scheduler.heard(job, { isAll: braked === 'clear', now });
  return isNobody && budgets.egress.isSuspect;
}

/** A job that is ended at its deadline, or by a person, is cut by us. */
function whatOf(job: HeldJob, outcome: Outcome, now: number): Heard {
  const isCut = job.cut !== undefined || now >= job.expiresAt;
  return isCut && outcome.kind === 'error' ? NOTHING : heardOf(outcome, now);
}

interface Moved {
  readonly moved: 'opened' | 'closed';
  readonly outcome: Outcome;
  readonly now: number;
}

function tellOfCircuit(node: Node, origin: Origin, { moved, outcome, now }: Moved): void {
  const { name } = origin;
  const isOpen = moved === 'opened';
  const status = outcome.kind === 'response' ? outcome.response.status : undefined;
  const error = outcome.kind === 'error' ? outcome.error : undefined;
  node.events.emit({
    type: `circuit.${moved}`,
    at: now,
    origin: name,
    ...(isOpen && { status, error, until: origin.probeAt(now) }),
  });
}

/**
 * A target that takes no more for a longer while said so to the owner of this queue: others may
 * have keys of their own there. Where it was not refused yet, now and then an attempt finds out.
 */
function holdQueue(node: Node, job: HeldJob, { hint, pace }: Heard, now: number): void {
  const { requests, resetMs } = hint?.left ?? { requests: 1, resetMs: 0 };
  if (requests > 0 || resetMs <= limits.paceHintMs) return;
  const holdMs = pace === 'refused' ? resetMs : Math.min(resetMs, limits.paceHoldMostMs);
  node.scheduler.hold(job.queue, now + holdMs, now);
}
