// Whose turn it is: round-robin over the queues that have something due and a free budget. Every
// step costs the same however many jobs wait behind it, so a queue with a million jobs is no burden
// to the others. A job needs its queue's budget, its origin's, and that of the limit it names; a
// line that meets a closed one waits there until it opens.

import type { SettingKind } from '../../store/store.ts';
import type { HeldJob } from '../attempts/held-job.ts';
import type { Settings } from '../settings/settings.ts';
import type { Budget } from './budget.ts';
import { type BudgetDefaults, Budgets } from './budgets.ts';
import { Fifo } from './fifo.ts';
import { evictShut, Hunger } from './hunger.ts';
import type { LineHearer } from './line.ts';
import { Openings } from './openings.ts';
import { relearn } from './order.ts';
import { Queue, type Seen } from './queue.ts';
import { fullestOf, loadOf, type Share, shareOf } from './share.ts';
import { Stuck } from './stuck.ts';

export class Scheduler {
  readonly budgets: Budgets;
  readonly #settings: Settings;
  readonly #queues = new Map<string, Queue>();
  readonly #ring = new Fifo<Queue>();
  /** Queues that want to read more from disk. */
  readonly hunger: Hunger = new Hunger();
  readonly #openings = new Openings((queue, now) => this.#enterRing(queue, now));
  /** Queues that may have something to begin behind what they hold. */
  readonly stuck: Stuck = new Stuck();
  readonly #hearer: LineHearer = {
    blocked: (line, closed, now) => this.#openings.block(line, closed, now),
    left: (budgets, now) => this.#leftAll(budgets, now),
    unused: (place, now) => this.#openings.wake(place, now),
  };
  /** Attempts under way. */
  running = 0;
  /** Due jobs in memory that are not under way. */
  ready = 0;

  constructor(defaults: BudgetDefaults, settings: Settings) {
    this.budgets = new Budgets(defaults, settings);
    this.#settings = settings;
  }

  queues(): Iterable<Queue> {
    return this.#queues.values();
  }

  find(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  queue(name: string): Queue {
    const known = this.#queues.get(name);
    if (known) return known;
    const queue = new Queue({ name, budgetsOf: (job) => this.budgets.of(job) });
    this.#queues.set(name, queue);
    this.#equip(queue);
    return queue;
  }

  /** What each of the present queues may hold in memory. */
  share(): Share {
    return shareOf(this.#queues.size);
  }

  hasRoomFor(queue: Queue): boolean {
    return loadOf(queue, this.share()) < 1;
  }

  add(job: HeldJob, now: number): void {
    const queue = this.queue(job.queue);
    queue.push(job);
    this.ready++;
    this.#enterRing(queue, now);
  }

  /** The next job that may be tried now; it holds its budgets until `release`. */
  next(now: number): HeldJob | undefined {
    for (let queue = this.#ring.shift(); queue; queue = this.#ring.shift()) {
      queue.isInRing = false;
      const job = queue.budget.isOpen(now) ? queue.take(now, this.#hearer) : undefined;
      this.#feed(queue);
      if (job) {
        this.ready--;
        this.running++;
        this.stuck.forget(queue);
        for (const budget of job.budgets) this.#tookTurn(budget, now);
        this.#enterRing(queue, now);
        if (!queue.isInRing) this.#openings.passOn(queue, now);
        return job;
      }
      this.#openings.passOn(queue, now);
      this.#openings.waitByTime(queue.budget, now);
      this.stuck.note(queue);
      this.#forgetIfIdle(queue, now);
    }
    return undefined;
  }

  /** A job that `next` gave has ended: its budgets are free. */
  release(job: HeldJob, now: number): void {
    const queue = this.queue(job.queue);
    this.running--;
    this.budgets.unheard(job, now);
    for (const budget of job.budgets) {
      budget.end();
      if (budget.kind !== 'queue') this.#left(budget, now);
    }
    job.budgets = [];
    this.#enterRing(queue, now);
    this.#forgetIfIdle(queue, now);
  }

  /** What an attempt told may let others begin; `isAll`: of every origin. */
  heard(job: HeldJob, { isAll, now }: { readonly isAll: boolean; readonly now: number }): void {
    for (const budget of isAll ? this.budgets.all() : job.budgets) {
      if (budget.kind !== 'queue') this.#openings.wake(budget, now);
    }
  }

  /** True if `job` may begin, as the only one; in an ordered queue it is one that has begun. */
  prefers(job: HeldJob, now: number): boolean {
    const queue = this.queue(job.queue);
    if (queue.isOrdered) queue.expect(job.seq);
    this.#enterRing(queue, now);
    const isNext = this.next(now) === job;
    relearn(this, job.queue);
    return isNext;
  }

  /** A ready job leaves memory without being tried; whoever meets it in its line passes it by. */
  drop(job: HeldJob, now: number): void {
    const queue = this.queue(job.queue);
    this.ready--;
    queue.leave(job);
    this.#enterRing(queue, now);
    this.#feed(queue);
  }

  /** Jobs of `name` are due on disk. `level`: of one that has just come in; else any may be. */
  flagBacklog(name: string, level?: number): void {
    const queue = this.queue(name);
    if (queue.isBetter(level)) queue.isUrgent = true;
    this.#leaveOnDisk(queue);
  }

  /** Holds a whole queue back, as long as the longest wish says; 0: no longer. */
  hold(name: string, until: number, now: number): void {
    const queue = this.queue(name);
    if (until !== 0 && until <= queue.budget.heldUntil) return;
    queue.budget.heldUntil = until;
    this.#openings.waitByTime(queue.budget, now);
    this.#enterRing(queue, now);
  }

  /** What was said of a queue or a limit has changed. */
  reset(kind: SettingKind, name: string, now: number): void {
    if (kind === 'limit') {
      const limit = this.budgets.findLimit(name);
      if (limit) this.#settings.equip(limit);
      if (limit) this.#openings.wake(limit, now);
      return;
    }
    const queue = this.#queues.get(name);
    if (!queue) return;
    const left = this.#equip(queue);
    this.#enterRing(queue, now);
    this.#leftAll(left, now);
  }

  /** The first instant at which something opens by itself. */
  nextAlarmAt(): number {
    return this.#openings.nextAt();
  }

  /** Wakes what opens by itself at this instant. */
  ring(now: number): void {
    for (let budget = this.#openings.take(now); budget; budget = this.#openings.take(now)) {
      if (budget.kind === 'queue') this.#wakeQueue(budget.name, now);
      else this.#left(budget, now);
    }
  }

  /** A look at the head of a queue is over. */
  claimed(queue: Queue, look: Seen, now: number): void {
    const isOver = look.isAll && queue.backlogNews === look.news;
    // What attempts told meanwhile is newer than this look, and may have left all unknown.
    if (isOver && queue.isKnown) queue.hasBacklog = false;
    queue.resumeOrdered();
    this.looked(queue, now);
  }

  /** A look at the disk is over. */
  looked(queue: Queue, now: number): void {
    queue.isClaiming = false;
    this.#enterRing(queue, now);
    this.#feed(queue);
    this.stuck.note(queue);
    this.#forgetIfIdle(queue, now);
  }

  /** What `queue` holds beyond its share; `isOfBlocked`: only what cannot have its turn now. */
  trim(queue: Queue, isOfBlocked = false): HeldJob[] {
    const share = this.share();
    if (loadOf(queue, share) <= 1) return [];
    const evicted = isOfBlocked ? queue.evictBlocked(share) : queue.evict(share);
    return this.#gaveBack(queue, evicted);
  }

  /** Makes room in memory: the fullest queue gives jobs beyond its share back to the disk. */
  evict(): HeldJob[] {
    const share = this.share();
    const fullest = fullestOf(this.#queues.values(), share);
    if (fullest === undefined) {
      const shut = evictShut(this.#queues.values());
      return shut ? this.#gaveBack(shut.queue, shut.evicted) : [];
    }
    // What is left is not so little that it would be read again at once.
    const keep = { jobs: Math.ceil(share.jobs / 2), bytes: share.bytes / 2 };
    return this.#gaveBack(fullest, fullest.evict(keep));
  }

  /**
   * Lines that wait although everything is open go on, and what nobody needs any more is forgotten;
   * a safety net, cheap enough for once a second.
   */
  resumeWaiting(now: number): void {
    this.budgets.refresh();
    for (const budget of this.budgets.all()) this.#left(budget, now);
    for (const queue of this.#queues.values()) this.#wakeQueue(queue.name, now);
  }

  /** Who waits for a turn of the same pace has the next one. */
  #tookTurn(budget: Budget, now: number): void {
    this.#settings.tookTurn(budget);
    if (budget.takesTurns && budget.waiting.size > 0) this.#openings.wake(budget, now);
  }

  #gaveBack(queue: Queue, evicted: HeldJob[]): HeldJob[] {
    this.ready -= evicted.length;
    if (evicted.length > 0) this.#leaveOnDisk(queue);
    return evicted;
  }

  #leaveOnDisk(queue: Queue): void {
    queue.hasBacklog = true;
    queue.backlogNews++;
    this.#feed(queue);
    this.stuck.note(queue);
  }

  #feed(queue: Queue): void {
    if (queue.hasBacklog) this.hunger.note(queue, this.share());
  }

  #enterRing(queue: Queue, now: number): void {
    if (queue.isInRing || !queue.hasTurn()) return;
    queue.isClosed = !queue.budget.isOpen(now);
    if (!queue.isClosed) {
      queue.isInRing = true;
      this.#ring.push(queue);
    } else this.#openings.waitByTime(queue.budget, now);
  }

  /** An attempt or a line of this budget is gone. */
  #left(budget: Budget, now: number): void {
    this.#openings.wake(budget, now);
    this.budgets.forgetIfIdle(budget, now);
  }

  #leftAll(budgets: readonly Budget[], now: number): void {
    for (const budget of budgets) this.#left(budget, now);
  }

  #wakeQueue(name: string, now: number): void {
    const queue = this.#queues.get(name);
    if (!queue) return;
    this.#enterRing(queue, now);
    this.#forgetIfIdle(queue, now);
  }

  #equip(queue: Queue): readonly Budget[] {
    this.#settings.equip(queue.budget);
    const left = queue.set(this.#settings.values('queue', queue.name));
    // Only the disk knows whether a job of it has begun.
    if (queue.isOrdered && !queue.isKnown) this.flagBacklog(queue.name);
    return left;
  }

  #forgetIfIdle(queue: Queue, now: number): void {
    if (!queue.isIdle(now)) return;
    this.#queues.delete(queue.name);
    this.hunger.forget(queue);
    this.stuck.forget(queue);
    this.#leftAll(queue.disband(), now);
  }
}
