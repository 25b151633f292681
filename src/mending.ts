// Looking at what went wrong, and mending it: failed jobs by cause. Types only; the verbs of
// `Sendoff` that come from here are the same in each home.

import type { FailReason } from './job/job.ts';

/** Failed jobs that have a cause in common. Instants are ISO 8601, UTC. */
export interface CauseView {
  /** For `cause` in lists; the same as long as the cause is the same. */
  readonly id: string;
  /** Scheme, host and port of the target; of a command `command:<name>`. */
  readonly origin: string;
  readonly reason: FailReason;
  /** HTTP status that the last attempt met. */
  readonly status?: number;
  /** What the last attempt met, such as `refused`. */
  readonly error?: string;
  /** How many jobs are failed of it now. */
  readonly jobs: number;
  /** Since when there has been one. */
  readonly firstAt: string;
  /** When the last one failed. */
  readonly lastAt: string;
  /** The newest of these jobs. */
  readonly sample?: string;
}

export interface CauseOptions {
  /** Only what failed at this origin. */
  readonly origin?: string;
  /** Groups at the most, 1 to 1,000. @default 100 */
  readonly limit?: number;
}

export interface CausePage {
  /** Most jobs first. */
  readonly causes: readonly CauseView[];
  /** There are more than `limit`. */
  readonly partial?: boolean;
}

/** What can be asked and done about jobs that went wrong. */
export interface Mending {
  /** Failed jobs by cause, most jobs first. The numbers are kept, not counted. */
  causes(options?: CauseOptions): Promise<CausePage>;
}
