// What lets attempts begin: so many at once, so many per time, not while paused or held back. A
// queue is one, an origin, a named limit, and the pool that all commands share. A line of jobs that
// meets a closed one waits there, and goes on when it opens.

import type { LimitValues } from '../../job/budget-values.ts';
import type { WaitReason } from '../../job/job.ts';
import { Fifo } from './fifo.ts';
import type { Gcra } from './gcra.ts';
import { paceOf } from './gcra.ts';
import type { Line } from './line.ts';

export type BudgetKind = 'queue' | 'origin' | 'commands' | 'limit' | 'egress';

/** Why nothing may begin, and until when; infinite: until something else changes. */
export interface Block {
  readonly reason: WaitReason;
  readonly until: number;
}

/** The first of these in which nothing may begin. */
export function closedOf(budgets: readonly Budget[], now: number): Budget | undefined {
  for (const budget of budgets) if (!budget.isOpen(now)) return budget;
  return undefined;
}

export class Budget {
  readonly kind: BudgetKind;
  readonly name: string;
  /** Attempts at once. */
  most: number = Number.POSITIVE_INFINITY;
  pace: Gcra | undefined;
  isPaused = false;
  /** A target asked for patience until this instant. */
  heldUntil = 0;
  /** Attempts under way. */
  running = 0;
  /** Lines that need it; while there are any it stays in memory. */
  lines = 0;
  /** Those that met it closed, in the order in which they did. */
  readonly waiting: Fifo<Line> = new Fifo();
  /** When it is looked at again by itself. */
  alarmAt: number = Number.POSITIVE_INFINITY;

  constructor(kind: BudgetKind, name: string) {
    this.kind = kind;
    this.name = name;
  }

  /** Who waits for it goes on one by one, by time or by what becomes of the one before. */
  get takesTurns(): boolean {
    return this.pace !== undefined;
  }

  /**
   * @param mostByDefault where no concurrency is said
   * @param forgottenAt since when turns of its pace are remembered
   */
  set(values: LimitValues, mostByDefault: number, forgottenAt: number): void {
    this.most = values.concurrency ?? mostByDefault;
    const pace = paceOf(values, forgottenAt);
    // What was taken under the old rate counts under the new one.
    if (pace && this.pace) pace.paidUntil = Math.max(pace.paidUntil, this.pace.paidUntil);
    this.pace = pace;
  }

  /** The instant from which an attempt may begin; infinite: not before something else changes. */
  opensAt(now: number): number {
    if (this.isPaused || this.running >= this.most) return Number.POSITIVE_INFINITY;
    if (this.pace === undefined) return this.heldUntil;
    return Math.max(this.heldUntil, this.pace.nextAt(now));
  }

  isOpen(now: number): boolean {
    return this.opensAt(now) <= now;
  }

  /** What keeps it closed, in words that everybody knows. */
  block(now: number): Block | undefined {
    if (this.isPaused) return { reason: 'paused', until: Number.POSITIVE_INFINITY };
    const paceAt = Math.max(this.heldUntil, this.pace?.nextAt(now) ?? 0);
    if (paceAt > now) return { reason: 'rate', until: paceAt };
    if (this.running < this.most) return undefined;
    return { reason: 'concurrency', until: Number.POSITIVE_INFINITY };
  }

  begin(now: number): void {
    this.running++;
    this.pace?.take(now);
  }

  end(): void {
    this.running--;
  }

  isIdle(now: number): boolean {
    const isUnused = this.running === 0 && this.lines === 0;
    return isUnused && this.heldUntil <= now && (this.pace?.paidUntil ?? 0) <= now;
  }
}
