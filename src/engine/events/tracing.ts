// What a node tells whoever follows traces. While nobody does, one look says so, and nothing else
// of this is called.

import type { Submission } from '../../job/checked.ts';
import type { Spec } from '../../job/job.ts';
import type { Receipt } from '../../sendoff.ts';
import type { RawEvent } from './events.ts';

/** A hand-over that is under way. */
export interface HandOverSpans {
  /** What is to be stored: jobs of callers without a trace carry one from here on. */
  readonly submissions: readonly Submission[];
  stored(receipts: readonly Pick<Receipt, 'id' | 'duplicate'>[]): void;
  failed(error: unknown): void;
}

/** A job whose attempt begins. */
export interface BegunJob {
  readonly id: string;
  readonly queue: string;
  readonly attempt: number;
  readonly spec: Spec;
}

export interface Tracing {
  /** Somebody follows traces at this moment. */
  isOn(): boolean;
  handOver(submissions: readonly Submission[]): HandOverSpans;
  /** An attempt begins; the `traceparent` that its request carries, if there is a span for it. */
  begin(job: BegunJob): string | undefined;
  /** Every event: those that end attempts end their spans. */
  hear(event: RawEvent): void;
}

/** Runs `store` with what is to be stored, between the beginning and the end of its spans. */
export async function traced<Stored>(
  tracing: Tracing,
  submissions: readonly Submission[],
  hand: {
    readonly store: (submissions: readonly Submission[]) => Promise<Stored>;
    readonly receiptsOf: (stored: Stored) => Parameters<HandOverSpans['stored']>[0];
  },
): Promise<Stored> {
  const spans = tracing.handOver(submissions);
  try {
    const stored = await hand.store(spans.submissions);
    spans.stored(hand.receiptsOf(stored));
    return stored;
  } catch (error) {
    spans.failed(error);
    throw error;
  }
}
