// A job whose every field has been checked at a door: what the engine takes.

import type { LimitValues, QueueValues } from './budget-values.ts';
import type { Priority, Spec } from './job.ts';

/** A request to be handed over, understood and canonical. Times are instants already. */
export interface CheckedJob {
  /** The caller's id; absent: the engine makes one. */
  readonly id?: string;
  /** The caller's idempotency key; also in `spec.key`. */
  readonly key?: string;
  readonly queue: string;
  readonly priority: Priority;
  readonly runAt: number;
  readonly expiresAt: number;
  readonly spec: Spec;
  /** What it says of its queue, and of the limit that `spec` names. */
  readonly says?: Says;
}

export interface Says {
  readonly queue?: QueueValues;
  readonly limit?: LimitValues;
}

/** The body that goes with it. */
export type CheckedBody =
  | { readonly kind: 'none' }
  /** At most `limits.inlineBodyBytes`. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Written before, in chunks; `hash` is the SHA-256 of its bytes. */
  | {
      readonly kind: 'stored';
      readonly bodyId: number;
      readonly bodyBytes: number;
      readonly hash: Uint8Array;
      /** Gives the space back, unless a job has taken the body. */
      readonly discard: () => void;
    };

export interface Submission {
  readonly job: CheckedJob;
  readonly body: CheckedBody;
}
