// One running sendoff process: what the verbs of the engine share. Each verb is a file of its name
// and a function over this record.

import type { Clock, Stop } from '../clock.ts';
import type { Deliverer } from '../delivery/deliverer.ts';
import type { Target } from '../job/job.ts';
import { limits } from '../limits.ts';
import type { Store } from '../store/store.ts';
import type { LookPast } from './attempts/look-past.ts';
import type { Window } from './attempts/window.ts';
import type { Disk } from './disk.ts';
import type { Events } from './events/events.ts';
import type { Outputs } from './events/output.ts';
import type { Tally } from './events/tally.ts';
import type { Tracing } from './events/tracing.ts';
import type { Waiters } from './events/waiters.ts';
import type { Admission } from './intake/admit.ts';
import type { BulkRunner } from './mending/bulk-run.ts';
import type { ConfiguredValues, Settings } from './settings/settings.ts';
import type { Scheduler } from './turns/scheduler.ts';
import type { Backlog } from './views/backlog.ts';

/** Where a line of text about trouble goes. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, detail?: object) => void;

export interface EngineOptions {
  /** @default 1000 */
  readonly attemptsAtOnce?: number;
  /** @default 100 */
  readonly attemptsPerOrigin?: number;
  /** What is fixed of queues and limits, so that nobody else can change it; asked every second. */
  readonly configured?: () => ConfiguredValues;
  /** Commands under way at once. @default one for each processor */
  readonly commandsAtOnce?: number;
  /** Of one command at once, by its name; asked again every second. */
  readonly commandConcurrency?: (name: string) => number;
  /** Jobs that may wait for their commit; more are refused. @default 50,000, less on a slow disk */
  readonly commitQueue?: number;
  /** @default 24 h */
  readonly keepResponseMs?: number;
  /** @default 7 days */
  readonly keepJobMs?: number;
  /** @default 30 days */
  readonly keepFailedMs?: number;
  /** @default 20 GiB or 80 % of the disk, whichever is less */
  readonly storeBytes?: number;
  readonly log?: Log;
}

/** Who reaches which kind of target. */
export type Deliverers = Readonly<Partial<Record<Target['kind'], Deliverer>>>;

export interface Counters {
  stored: number;
  duplicates: number;
  attempts: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  retried: number;
  interrupted: number;
}

/**
 * `rescue`: jobs under which the process may have died are tried alone; `names`: attempts cannot be
 * named on disk; `stop`: this process ends.
 */
export type Standstill = 'rescue' | 'names' | 'stop';

export interface Node {
  readonly store: Store;
  readonly deliverers: Deliverers;
  readonly clock: Clock;
  readonly log: Log;
  readonly attemptsAtOnce: number;
  readonly keep: { readonly responseMs: number; readonly jobMs: number; readonly failedMs: number };
  /** Absent: what the limits say. */
  readonly storeBytes: number | undefined;
  readonly window: Window;
  readonly scheduler: Scheduler;
  readonly lookPast: LookPast;
  readonly settings: Settings;
  readonly backlog: Backlog;
  readonly configured: () => ConfiguredValues;
  /** When the dispatcher wakes by itself because something opens. */
  readonly alarm: { at: number; stop: Stop | undefined };
  readonly events: Events;
  readonly tracing: Tracing | undefined;
  readonly outputs: Outputs;
  readonly bulks: BulkRunner;
  readonly waiters: Waiters;
  readonly counters: Counters;
  readonly tally: Tally;
  readonly startedAt: number;
  /** Wakes the dispatcher, many times a turn if need be. */
  readonly wake: () => void;
  /** The same, after what this turn of the loop still has to answer. */
  readonly wakeNextTurn: () => void;
  /** Tells the timer of a job that waits on disk. */
  readonly due: (runAt: number, queue: string, level?: number) => void;
  nextSeq: number;
  readonly admission: Admission;
  /** Results that wait for their commit. */
  settling: number;
  /** Why no attempt begins at all; undefined: they do. */
  standstill: Standstill | undefined;
  isStopping: boolean;
  readonly disk: Disk;
  /** No new work is taken. */
  isDiskFull: boolean;
  readonly timers: Set<Stop>;
}

/** Runs `action` once after `delayMs`, unless the node stops before. */
export function later(node: Node, delayMs: number, action: () => void): void {
  const stop = node.clock.after(Math.min(delayMs, limits.delayMs), () => {
    node.timers.delete(stop);
    action();
  });
  node.timers.add(stop);
}
