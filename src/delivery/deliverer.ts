// One attempt, whatever its target: the contract between the engine and those who reach the world.
// A deliverer never throws and never tries twice. What came back is a value.

import type { BodyWriter } from '../job/body.ts';
import type { Target } from '../job/job.ts';
import type { Outcome } from '../job/outcome.ts';

/** What one attempt needs to know. */
export interface Attempt<Kind extends Target = Target> {
  readonly jobId: string;
  readonly target: Kind;
  /** Name of the dress; 'plain' if absent. */
  readonly dress: string | undefined;
  /** Number of this attempt, from 1. */
  readonly number: number;
  readonly idempotencyKey: string;
  readonly traceparent: string | undefined;
  /** What this attempt carries as its `traceparent`, if somebody has begun a span for it. */
  readonly span?: string | undefined;
  readonly tracestate: string | undefined;
  readonly body: AttemptBody;
  /** From now to the last byte, milliseconds. */
  readonly timeoutMs: number;
  /** Of a request: limits within it, in place of the deliverer's. */
  readonly connectMs?: number;
  readonly firstByteMs?: number;
  readonly idleMs?: number;
  /** Opens a place for a response body that is too large for memory. */
  readonly spill: () => BodyWriter;
  /** Hears what a command writes while it writes it. */
  readonly onOutput?: (stream: OutputStream, bytes: Uint8Array) => void;
}

export type OutputStream = 'stdout' | 'stderr';

export type AttemptBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'chunks';
      readonly bodyBytes: number;
      readonly read: () => AsyncIterable<Uint8Array>;
    };

export interface Deliverer {
  /** Resolves when the attempt is over; aborting `signal` ends it at once. */
  deliver(attempt: Attempt, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}
