// What there is to see of queues, limits and origins, and why a job waits. The same in each home.

import type { BudgetChange, LimitValues, QueueValues } from './job/budget-values.ts';
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

/** One page, by name. */
export interface BudgetListOptions {
  /** Rows of one page, 1 to 200. @default 50 */
  readonly limit?: number;
  /** `next` of an earlier page. */
  readonly cursor?: string;
}

export interface QueuePage {
  readonly queues: readonly QueueView[];
  readonly next?: string;
}

export interface LimitPage {
  readonly limits: readonly LimitView[];
  readonly next?: string;
}

export interface OriginPage {
  readonly origins: readonly OriginView[];
  readonly next?: string;
}

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

/** What can be asked and said of queues, or of limits, by name. */
export interface BudgetVerbs<View, Page, Change> {
  /** @throws SendoffError `invalid_limit`, `invalid_cursor` */
  list(options?: BudgetListOptions): Promise<Page>;
  /** Undefined if nothing was ever said of it and no job ever named it. */
  get(name: string): Promise<View | undefined>;
  /**
   * Sets values, takes away those that are null, pins or unpins. It counts at once, also for jobs
   * that wait already; what is under way goes on. What nobody has named yet is made.
   *
   * `concurrency` and `burst` are whole numbers from 1; `rate` is text, a number per time from 1 s
   * to 7 d: `'7/s'`, `'100/5m'`. With `pin: true` jobs cannot change the values of this call any
   * more; alone it pins all that stand.
   *
   * @throws SendoffError `unknown_field`, `invalid_field`, `number_out_of_range`,
   *   `invalid_duration`, `fixed_value` (the configuration says it), `limit_reached`
   */
  set(name: string, change: Change): Promise<View>;
  /** Nothing of it begins from now on, until `resume`; what is under way goes on. */
  pause(name: string): Promise<View>;
  /** @throws SendoffError `not_found` if nobody ever named it */
  resume(name: string): Promise<View>;
  /** What was said of it counts no more: values, pins and pause. Its jobs stay. */
  forget(name: string): Promise<void>;
}

export interface QueueVerbs extends BudgetVerbs<QueueView, QueuePage, BudgetChange<QueueValues>> {}
export interface LimitVerbs extends BudgetVerbs<LimitView, LimitPage, BudgetChange<LimitValues>> {}

/** What jobs pass before they begin, and what keeps one of them waiting. */
export interface Budgeting {
  /** Lines that jobs wait in. */
  readonly queues: QueueVerbs;
  /** Named budgets that jobs of any queues share. */
  readonly limits: LimitVerbs;
  /**
   * Origins of targets that this server knows at this moment: with attempts under way, waiting, or
   * something learned.
   * @throws SendoffError `invalid_limit`, `invalid_cursor`
   */
  origins(options?: BudgetListOptions): Promise<OriginPage>;
  /** What keeps a job from being under way, at this moment; undefined if there is no such job. */
  why(id: string): Promise<Why | undefined>;
}
