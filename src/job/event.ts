// Every change is one event: the same words in the library, on the stream and in the log.

import type { FailReason } from './job.ts';

/** What can happen. */
export type EventType =
  | 'job.stored'
  | 'job.started'
  | 'job.retrying'
  | 'job.succeeded'
  | 'job.failed'
  | 'job.cancelled'
  /** A settled job was sent on its way again. */
  | 'job.reopened'
  /** A queue's values differ from now on: `field` went `from` … `to`. */
  | 'queue.changed'
  /** A job said otherwise of a value that is pinned: what stood stays. */
  | 'queue.disagreed'
  | 'queue.paused'
  | 'queue.resumed'
  | 'limit.changed'
  | 'limit.disagreed'
  | 'limit.paused'
  | 'limit.resumed'
  /** Nothing but single probes is sent to this origin, `until` a probe gets through. */
  | 'circuit.opened'
  | 'circuit.closed'
  /** Most of the network seems gone: no attempts begin but probes. */
  | 'egress.suspect'
  | 'egress.clear'
  | 'disk.low'
  | 'disk.full'
  | 'disk.ok'
  /** More comes in than can be stored: some of it is refused. */
  | 'overload.began'
  /** `count` hand-overs were refused meanwhile. */
  | 'overload.ended'
  | 'bulk.started'
  | 'bulk.ended'
  /** A file in the spool can never become a job; it was moved to `refused/`. */
  | 'spool.refused';

/** Every change is one event. */
export interface JobEvent {
  /** `<boot>-<n>`, for `since`. */
  readonly id: string;
  /** `reset`: some events were missed. */
  readonly type: EventType | 'reset';
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly jobId?: string;
  readonly queue?: string;
  /** Name of a limit. */
  readonly limit?: string;
  /** Origin of targets. */
  readonly origin?: string;
  readonly bulkId?: string;
  readonly url?: string;
  readonly attempt?: number;
  readonly status?: number;
  readonly error?: string;
  /** One sentence for people. */
  readonly detail?: string;
  readonly reason?: FailReason;
  /** When a retrying job is due again. */
  readonly runAt?: string;
  /** Of an attempt that has begun: how long its job had been due. */
  readonly waitedMs?: number;
  /** Of an attempt that has ended: how long it took. */
  readonly durationMs?: number;
  /** What it concerns: whose budget is used up, say. */
  readonly scope?: string;
  /** Which setting was changed; `from` and `to` are absent where there is no value. */
  readonly field?: string;
  readonly from?: string | number | boolean;
  readonly to?: string | number | boolean;
  /** ISO 8601, UTC. */
  readonly until?: string;
  readonly count?: number;
  /** Name of a file that was refused. */
  readonly file?: string;
}
