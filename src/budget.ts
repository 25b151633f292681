// What there is to see of queues, limits and origins, and why a job waits. The same in each home.

import type { LimitValues, QueueValues } from './job/budget-values.ts';
import type { State, WaitReason } from './job/job.ts';

/** A job said something else than what stood. */
export interface DisagreementView {
  /** `concurrency`, `rate`, … */
  readonly field: string;
  /** What stood; absent: nothing did. */
  readonly had?: string | number;
  readonly said: string | number;
  readonly jobId: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** false: what stood is pinned, and stays. */
  readonly applied: boolean;
}

interface BudgetView {
  /** Attempts under way. */
  readonly running: number;
  readonly paused: boolean;
  /** Names of values that jobs cannot change. */
  readonly pinned: readonly string[];
  /** The next attempt may begin then, as far as pace and `Retry-After` go; absent: now. */
  readonly opensAt?: string;
  /** How often a job said something else than what stood, and the last time. */
  readonly disagreements: number;
  readonly lastDisagreement?: DisagreementView;
}

export interface QueueView extends BudgetView, QueueValues {
  readonly queue: string;
  /** Jobs that are not settled and not under way: due, delayed, or waiting for a retry. */
  readonly waiting: number;
  /** Of these, held in memory because they are due. */
  readonly ready: number;
  /** The job that paused it by failing, in an ordered queue with `onFailure: park`. */
  readonly parkedBy?: string;
}

export interface LimitView extends BudgetView, LimitValues {
  readonly limit: string;
}

/** What is seen of an origin while memory knows it. */
export interface OriginView {
  readonly origin: string;
  readonly running: number;
  /** Attempts at once that are allowed now. */
  readonly concurrency: number;
  /** `open`: it fails, and is sent a probe now and then; `ramp`: it is back and gets ever more. */
  readonly circuit: 'closed' | 'open' | 'ramp';
  /** Attempts each second, learned from what it refused; absent: no bound. */
  readonly learnedRate?: number;
  /** Attempts at once, learned from what it gets done; absent: no bound. */
  readonly learnedConcurrency?: number;
  /** The next attempt may begin then; absent: now. */
  readonly opensAt?: string;
}

export interface BudgetPage<View> {
  readonly items: readonly View[];
  readonly next?: string;
}

/** Values to be set; null takes one away. */
export type BudgetChange = {
  readonly [Field in keyof QueueValues]?: QueueValues[Field] | null;
} & {
  /** true: jobs cannot change these values any more; false: they can again. */
  readonly pin?: boolean;
};

/** Why a job is not under way, or that it is, or has settled. */
export interface Why {
  readonly id: string;
  readonly state: State;
  /** Of a waiting job. */
  readonly reason?: WaitReason;
  /** One sentence for people: `behind 37 of queue tenant:a, concurrency 5, next turn in 2.1 s`. */
  readonly text: string;
  /** When that is over at the earliest, if time alone ends it. */
  readonly until?: string;
  /** What holds it. */
  readonly by?: {
    readonly kind: 'job' | 'queue' | 'origin' | 'limit' | 'commands' | 'egress' | 'all';
    readonly name: string;
  };
  /** Jobs of its queue that come before it; counted up to 10,000. */
  readonly ahead?: number;
}
