// One queue's due jobs, in lines by what they need. Lines whose next job has the better priority go
// first, those of one level take turns, and every eighth job is one of the lowest level, so that
// none starves. An ordered queue has one line, and one job under way.

import type { OnFailure, QueueValues } from '../../job/budget-values.ts';
import { passKey } from '../../store/past.ts';
import type { HeldJob } from '../attempts/held-job.ts';
import { Budget, closedOf } from './budget.ts';
import { LEVELS, type Line, type LineHearer, levelOf, PlainLine } from './line.ts';
import { OrderedLine } from './ordered-line.ts';
import { Rings } from './rings.ts';
import type { Share } from './share.ts';

export interface QueueParts {
  readonly name: string;
  /** What a job needs beside its queue; for a line they stay the same. */
  readonly budgetsOf: (job: HeldJob) => readonly Budget[];
}

/** What a look at the head of a queue on disk came to. */
export interface Seen {
  /** `backlogNews` when it was made. */
  readonly news: number;
  /** Nothing more was due. */
  readonly isAll: boolean;
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
  /** Its own budget was closed when it was last looked at. */
  isClosed = false;
  /** Ordered: the job that has begun and waits to be tried again; no other begins before it. */
  begun: number | undefined;
  /** Counts what attempts told of it, which is newer than an earlier look at the disk. */
  begunNews = 0;
  /** Ordered: the disk has been asked for it; nothing begins before. */
  isKnown = true;
  onFailure: OnFailure = 'block';
  readonly #budgetsOf: (job: HeldJob) => readonly Budget[];
  /** Lines that were woken for a place, and had no turn since. */
  readonly #promised = new Set<Line>();
  readonly #lines = new Map<string, PlainLine>();
  readonly #rings = new Rings();
  /** Due jobs in memory by level. */
  readonly #levels = Array.from({ length: LEVELS }, () => 0);
  #ordered: OrderedLine | undefined;
  /** Lines in rings. */
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

  /** What it does besides its budget's bounds. Gives what its lines need no more. */
  set(values: QueueValues): readonly Budget[] {
    const isOrdered = values.order === 'strict';
    if (isOrdered) this.budget.most = 1;
    const { onFailure = 'block' } = values;
    const isStricter = this.onFailure === 'skip' && onFailure !== 'skip';
    this.onFailure = onFailure;
    if (isOrdered && isStricter) this.forgetBegun();
    this.resumeOrdered();
    if (isOrdered === this.isOrdered) return [];
    const jobs = [...this.lines()].flatMap((line) => line.drain());
    const left = this.disband();
    this.#ordered = isOrdered ? new OrderedLine(this, this.#budgetsOf) : undefined;
    this.begun = undefined;
    if (isOrdered) this.forgetBegun();
    else this.isKnown = true;
    for (const job of jobs) this.#lineUp(job);
    return left;
  }

  /** Some line of it may have its turn. */
  hasTurn(): boolean {
    return !this.#rings.isEmpty;
  }

  isIdle(now: number): boolean {
    // Which job of an ordered one has begun, the disk knows too.
    const isEmpty = this.ready === 0 && !this.isInRing;
    return isEmpty && !this.hasBacklog && !this.isClaiming && this.budget.isIdle(now);
  }

  /** Ordered: the only one that may be the next. */
  get awaited(): number | undefined {
    return this.onFailure === 'skip' ? undefined : this.begun;
  }

  /** Ordered: the job that begins before all others, as far as memory knows. */
  get next(): number | undefined {
    return this.awaited ?? this.#ordered?.next;
  }

  /** Ordered: this job is the next, whatever the disk may know of others. */
  expect(begun: number): void {
    this.begun = begun;
    this.isKnown = true;
    this.resumeOrdered();
  }

  /** A job of it has begun, and is to be tried again. */
  learn(begun: number): void {
    this.begun = Math.min(begun, this.begun ?? begun);
    this.begunNews++;
    this.resumeOrdered();
  }

  /** Ordered: only the disk knows which job has begun, and it is to be asked. */
  forgetBegun(): void {
    this.isKnown = false;
    this.begun = undefined;
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

  /**
   * A job of this level on disk is better than something that memory holds. In order newcomers are
   * last, and whatever falls due may be the one that all others wait for.
   */
  isBetter(level: number | undefined): boolean {
    if (level === undefined || this.isOrdered) return level === undefined && this.isOrdered;
    return this.#levels.some((jobs, other) => other > level && jobs > 0);
  }

  isBeyond(keep: Share, job: HeldJob): boolean {
    return this.ready > keep.jobs || this.bytes - job.bytes >= keep.bytes;
  }

  /** The next job for which everything is open. */
  take(now: number, hearer: LineHearer): HeldJob | undefined {
    const end = (this.#taken + 1) % LOWEST_TURN === 0 ? 'lowest' : 'best';
    for (let line = this.#rings.next(end); line; line = this.#rings.next(end)) {
      const place = this.#redeem(line);
      const job = this.#takeFrom(line, { end, now, hearer });
      if (place && !job?.budgets.includes(place)) hearer.unused(place, now);
      if (job) return job;
    }
    return undefined;
  }

  #takeFrom(
    line: Line,
    { end, now, hearer }: { end: 'best' | 'lowest'; now: number; hearer: LineHearer },
  ): HeldJob | undefined {
    if (line.best() === undefined) {
      // An ordered one stays, and is woken by what comes.
      if (line !== this.#ordered) this.#lines.delete((line as PlainLine).key);
      return void hearer.left(line.letGo(), now);
    }
    const { budgets } = line;
    const closed = closedOf(budgets, now);
    if (closed) return void hearer.blocked(line, closed, now);
    const job = line.take(end);
    if (job === undefined) return undefined;
    this.#begin(job, budgets, now);
    this.resume(line);
    return job;
  }

  /** `line` may have its turn: what it waited for is open, or something came into it. */
  resume(line: Line): void {
    if (line.isGone) return;
    line.waitsAt = undefined;
    this.#rings.stand(line, line.best() ?? LEVELS - 1);
  }

  /** `line` may have its turn because `place` has room for it. */
  promise(line: Line, place: Budget): void {
    line.place = place;
    this.#promised.add(line);
  }

  /** What lines were woken for and have had no turn for. */
  takePromised(): Budget[] {
    const places = [...this.#promised].map((line) => this.#redeem(line));
    return places.filter((place) => place !== undefined);
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

  #begin(job: HeldJob, budgets: readonly Budget[], now: number): void {
    this.#taken++;
    this.leave(job);
    job.budgets = [this.budget, ...budgets];
    for (const budget of job.budgets) budget.begin(now);
  }

  #redeem(line: Line): Budget | undefined {
    const { place } = line;
    if (place === undefined) return undefined;
    line.place = undefined;
    this.#promised.delete(line);
    return place;
  }

  /** All lines end; gives what they needed. */
  disband(): Budget[] {
    const lines = [...this.lines()];
    for (const line of lines) {
      line.isGone = true;
      this.#rings.remove(line);
    }
    this.#lines.clear();
    return [...this.takePromised(), ...lines.flatMap((line) => line.letGo())];
  }

  #count(job: HeldJob, change: number): void {
    const level = levelOf(job);
    this.#levels[level] = (this.#levels[level] as number) + change;
  }
}
