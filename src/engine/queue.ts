// One queue's due jobs, in lines by what they need. Lines whose next job has the better priority go
// first, those of one level take turns, and every eighth job is one of the lowest level, so that
// none starves. An ordered queue has one line, and one job under way.

import type { OnFailure, QueueValues } from '../job/budget-values.ts';
import { passKey } from '../store/past.ts';
import { Budget, closedOf } from './budget.ts';
import type { HeldJob } from './held-job.ts';
import { LEVELS, type Line, levelOf, PlainLine } from './line.ts';
import { OrderedLine } from './ordered-line.ts';
import type { Share } from './share.ts';

export interface QueueParts {
  readonly name: string;
  /** What a job needs beside its queue; for a line they stay the same. */
  readonly budgetsOf: (job: HeldJob) => readonly Budget[];
}

/** Who is told what became of lines. */
export interface LineHearer {
  /** It met a closed budget, and stands in no ring any more. */
  blocked(line: Line, closed: Budget, now: number): void;
  /** It turned out to be empty and is gone. */
  emptied(line: Line, now: number): void;
}

const LOWEST_TURN = 8;

export class Queue {
  readonly name: string;
  readonly budget: Budget;
  /** Due jobs in memory that are not under way. */
  ready = 0;
  /** What these cost the window. */
  bytes = 0;
  /** More due jobs may stand on disk. */
  hasBacklog = false;
  /** One of them is of a better level than what memory holds. */
  isUrgent = false;
  /** Counts news of backlog, so that an older look at the disk cannot deny it. */
  backlogNews = 0;
  isClaiming = false;
  /** Jobs given back to the disk though their turn might have come. */
  evictions = 0;
  isInRing = false;
  /** Ordered: the job that has begun and waits to be tried again; no other begins before it. */
  begun: number | undefined;
  /** Counts what attempts told of it, which is newer than an earlier look at the disk. */
  begunNews = 0;
  /** Ordered: the disk has been asked for it; nothing begins before. */
  isKnown = true;
  onFailure: OnFailure = 'block';
  readonly #budgetsOf: (job: HeldJob) => readonly Budget[];
  readonly #lines = new Map<string, PlainLine>();
  readonly #rings: readonly Set<Line>[] = Array.from({ length: LEVELS }, () => new Set());
  /** Due jobs in memory by level. */
  readonly #levels = Array.from({ length: LEVELS }, () => 0);
  #ordered: OrderedLine | undefined;
  /** Lines in rings. */
  #standing = 0;
  #taken = 0;

  constructor({ name, budgetsOf }: QueueParts) {
    this.name = name;
    this.budget = new Budget('queue', name);
    this.#budgetsOf = budgetsOf;
  }

  get isOrdered(): boolean {
    return this.#ordered !== undefined;
  }

  get running(): number {
    return this.budget.running;
  }

  /** What it does besides its budget's bounds. */
  set(values: QueueValues): void {
    const isOrdered = values.order === 'strict';
    if (isOrdered) this.budget.most = 1;
    this.onFailure = values.onFailure ?? 'block';
    if (isOrdered === this.isOrdered) return;
    const jobs = this.#drain();
    this.#ordered = isOrdered ? new OrderedLine(this, this.#budgetsOf) : undefined;
    this.begun = undefined;
    if (isOrdered) this.forgetBegun();
    else this.isKnown = true;
    for (const job of jobs) this.#lineUp(job);
  }

  /** Some line of it may have its turn. */
  hasTurn(): boolean {
    return this.#standing > 0;
  }

  isIdle(now: number): boolean {
    const isEmpty = this.ready === 0 && this.#lines.size === 0 && this.begun === undefined;
    return isEmpty && !this.hasBacklog && !this.isClaiming && this.budget.isIdle(now);
  }

  /** Ordered: whether this job may be the next. */
  isTurnOf({ seq }: HeldJob): boolean {
    if (!this.isKnown) return false;
    return this.begun === undefined || this.begun === seq || this.onFailure === 'skip';
  }

  /** An attempt of a job of it has ended, or is about to be made of one that has begun. */
  learn(begun: number | undefined): void {
    this.begun = begun;
    if (begun !== undefined) this.isKnown = true;
    this.begunNews++;
    this.resumeOrdered();
  }

  /** Ordered: only the disk knows which job has begun, and it is to be asked. */
  forgetBegun(): void {
    this.isKnown = false;
    this.begunNews++;
  }

  push(job: HeldJob): void {
    this.ready++;
    this.bytes += job.bytes;
    this.#count(job, 1);
    this.#lineUp(job);
  }

  /** A due job begins, or leaves memory without being tried. */
  leave(job: HeldJob): void {
    this.ready--;
    this.bytes -= job.bytes;
    this.#count(job, -1);
    // It may have been the head that the others wait behind.
    this.resumeOrdered();
  }

  /** A job of this level on disk is better than something that memory holds. */
  isBetter(level: number): boolean {
    return !this.isOrdered && this.#levels.some((jobs, other) => other > level && jobs > 0);
  }

  isBeyond(keep: Share, job: HeldJob): boolean {
    return this.ready > keep.jobs || this.bytes - job.bytes >= keep.bytes;
  }

  /**
   * The next job for which everything is open.
   */
  take(now: number, hearer: LineHearer): HeldJob | undefined {
    const end = (this.#taken + 1) % LOWEST_TURN === 0 ? 'lowest' : 'best';
    for (let line = this.#nextLine(end); line; line = this.#nextLine(end)) {
      if (line.best() === undefined) {
        this.#remove(line, hearer, now);
        continue;
      }
      const { budgets } = line;
      const closed = closedOf(budgets, now);
      if (closed) {
        hearer.blocked(line, closed, now);
        continue;
      }
      const job = line.take(end);
      if (job === undefined) continue;
      this.#begin(job, budgets, now);
      this.resume(line);
      return job;
    }
    return undefined;
  }

  /** `line` may have its turn: what it waited for is open, or something came into it. */
  resume(line: Line): void {
    if (line.isGone) return;
    const level = line.best();
    // An ordered line that has nothing for now is woken by what comes.
    if (level === undefined && line === this.#ordered) return;
    line.waitsAt = undefined;
    this.#stand(line, level ?? LEVELS - 1);
  }

  /** Ordered: the job that others wait for may be another one. */
  resumeOrdered(): void {
    if (this.#ordered) this.resume(this.#ordered);
  }

  /** Gives the last due jobs that also stand on disk back to the disk, down to what it may keep. */
  evict(keep: Share): HeldJob[] {
    if (this.#ordered) return this.#ordered.evict(keep);
    const evicted = [...this.#lines.values()].flatMap((line) => line.evict(keep));
    this.evictions += evicted.length;
    return evicted;
  }

  /** The same, of those whose turn does not come now. */
  evictBlocked(keep: Share): HeldJob[] {
    const blocked = [...this.#lines.values()].filter(({ waitsAt }) => waitsAt !== undefined);
    return blocked.flatMap((line) => line.evict(keep));
  }

  /** What its jobs in memory wait for, if nothing of it can begin though it has budget. */
  blockedKeys(): string[] {
    return [...this.#lines.values()].filter(({ waitsAt }) => waitsAt).map(({ key }) => key);
  }

  /** All that there are. */
  *lines(): Iterable<Line> {
    if (this.#ordered) yield this.#ordered;
    else yield* this.#lines.values();
  }

  #lineUp(job: HeldJob): void {
    const line = this.#ordered ?? this.#plainLine(job);
    line.push(job);
    // What an ordered line waits for may be another thing now.
    if (line.waitsAt === undefined || line === this.#ordered) this.resume(line);
  }

  #plainLine(job: HeldJob): PlainLine {
    const key = passKey(job.origin, job.spec.limit);
    const known = this.#lines.get(key);
    if (known) return known;
    const line = new PlainLine(this, key, this.#budgetsOf(job));
    for (const budget of line.budgets) budget.lines++;
    this.#lines.set(key, line);
    return line;
  }

  /** Among those of its level. */
  #stand(line: Line, level: number): void {
    if (line.ring === level) return;
    this.#stepOut(line);
    line.ring = level;
    this.#rings[level]?.add(line);
    this.#standing++;
  }

  #nextLine(end: 'best' | 'lowest'): Line | undefined {
    for (let step = 0; step < LEVELS; step++) {
      const ring = this.#rings[end === 'best' ? step : LEVELS - 1 - step] as Set<Line>;
      if (ring.size === 0) continue;
      const line = ring.values().next().value as Line;
      this.#stepOut(line);
      return line;
    }
    return undefined;
  }

  #stepOut(line: Line): void {
    if (line.ring === undefined) return;
    this.#rings[line.ring]?.delete(line);
    line.ring = undefined;
    this.#standing--;
  }

  #begin(job: HeldJob, budgets: readonly Budget[], now: number): void {
    this.#taken++;
    this.leave(job);
    job.budgets = [this.budget, ...budgets];
    for (const budget of job.budgets) budget.begin(now);
  }

  #remove(line: Line, hearer: LineHearer, now: number): void {
    // It stays, and is woken by what comes.
    if (line === this.#ordered) return;
    const plain = line as PlainLine;
    plain.isGone = true;
    this.#lines.delete(plain.key);
    for (const budget of plain.budgets) budget.lines--;
    hearer.emptied(plain, now);
  }

  #drain(): HeldJob[] {
    const jobs = [...this.lines()].flatMap((line) => line.drain());
    for (const line of this.lines()) {
      line.isGone = true;
      this.#stepOut(line);
      for (const budget of line.budgets) budget.lines--;
    }
    this.#lines.clear();
    return jobs;
  }

  #count(job: HeldJob, change: number): void {
    const level = levelOf(job);
    this.#levels[level] = (this.#levels[level] as number) + change;
  }
}
