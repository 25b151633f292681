// A job in the memory of the node that owns it: due and waiting for its turn, or under way.

import type { Level, Spec } from '../../job/job.ts';
import { originOf } from '../../job/target-name.ts';
import type { Claimed } from '../../store/store.ts';
import type { Budget } from '../turns/budget.ts';

/**
 * `cancelling`, `gone`: its cancellation is being written, or it left memory, while it still stood
 * in a line; whoever meets it there passes it by.
 */
export type Phase = 'storing' | 'ready' | 'running' | 'settling' | 'cancelling' | 'gone';

export interface HeldJob {
  readonly seq: number;
  readonly id: string;
  readonly queue: string;
  readonly origin: string;
  readonly priority: Level;
  readonly createdAt: number;
  readonly runAt: number;
  readonly spec: Spec;
  readonly body: Uint8Array | null;
  readonly bodyId: number | null;
  readonly bodyBytes: number;
  /** What it costs the window. */
  readonly bytes: number;
  /** Since when this node holds it. */
  readonly heldAt: number;
  /** Number of the attempt that is next or under way. */
  readonly attempt: number;
  readonly triesUsed: number;
  readonly deaths: number;
  expiresAt: number;
  /** Known once a retry of a job with `within` has begun: no other begins after that. */
  retryUntilAt: number | undefined;
  /** When the attempt under way began. */
  startedAt: number;
  /** It also stands in `todo`. */
  isParked: boolean;
  phase: Phase;
  /** What its attempt told of the target is known. */
  isHeard: boolean;
  /** That it holds while it is under way. */
  budgets: readonly Budget[];
  abort: AbortController | undefined;
  /** Why `abort` was called. */
  cut: 'cancel' | 'stop' | undefined;
  /** Called when the job leaves memory. */
  onGone: (() => void)[] | undefined;
}

/** Of a job on disk. */
export function originAndSpec(text: string): Pick<HeldJob, 'origin' | 'spec'> {
  const spec = JSON.parse(text) as Spec;
  return { origin: originOf(spec.target), spec };
}

export function isUnderWay(held: HeldJob | undefined): boolean {
  return held?.phase === 'running' || held?.phase === 'settling';
}

// What a held job costs beside its texts: objects, map entries, line places.
const OVERHEAD_BYTES = 600;

/** A job read from disk by `claim` or `rescue`. */
export function holdClaimed(claimed: Claimed, now: number): HeldJob {
  const spec = JSON.parse(claimed.spec) as Spec;
  return {
    ...claimed,
    spec,
    origin: originOf(spec.target),
    bytes: OVERHEAD_BYTES + claimed.spec.length + (claimed.body?.byteLength ?? 0),
    heldAt: now,
    startedAt: 0,
    retryUntilAt: undefined,
    isParked: true,
    phase: 'ready',
    isHeard: false,
    budgets: [],
    abort: undefined,
    cut: undefined,
    onGone: undefined,
  };
}

/** A job that has just come in and may be tried as soon as it is stored. */
export function holdNew(job: NewlyHeld, now: number): HeldJob {
  return {
    seq: job.seq,
    id: job.id,
    queue: job.queue,
    origin: originOf(job.spec.target),
    priority: job.priority,
    createdAt: now,
    runAt: job.runAt,
    spec: job.spec,
    body: job.body,
    bodyId: job.bodyId,
    bodyBytes: job.bodyBytes,
    bytes: OVERHEAD_BYTES + job.specBytes + (job.body?.byteLength ?? 0),
    heldAt: now,
    attempt: 1,
    triesUsed: 0,
    deaths: 0,
    expiresAt: job.expiresAt,
    startedAt: 0,
    retryUntilAt: undefined,
    isParked: false,
    phase: 'storing',
    isHeard: false,
    budgets: [],
    abort: undefined,
    cut: undefined,
    onGone: undefined,
  };
}

export interface NewlyHeld {
  readonly seq: number;
  readonly id: string;
  readonly queue: string;
  readonly priority: Level;
  readonly runAt: number;
  readonly expiresAt: number;
  readonly spec: Spec;
  readonly specBytes: number;
  readonly body: Uint8Array | null;
  readonly bodyId: number | null;
  readonly bodyBytes: number;
}
