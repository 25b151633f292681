// Whose turn it is: round-robin over the queues that have something due and a free budget. Every
// step costs the same however many jobs wait behind it, so a queue with a million jobs is no burden
// to the others.

import { limits } from '../limits.ts';
import { Fifo } from './fifo.ts';
import type { HeldJob } from './held-job.ts';
import { type Budgets, type Origin, Origins } from './origin.ts';
import { Queue, type Share } from './queue.ts';

// However many queues there are, each may hold this much.
const LEAST_JOBS = 16;
const LEAST_BYTES = 4 * limits.inlineBodyBytes;

export interface SchedulerOptions extends Budgets {
  readonly concurrencyOf: (queue: string) => number;
}

export class Scheduler {
  readonly #concurrencyOf: (queue: string) => number;
  readonly #queues = new Map<string, Queue>();
  readonly #origins: Origins;
  readonly #ring = new Fifo<Queue>();
  readonly #hungry = new Set<Queue>();
  /** Attempts under way. */
  running = 0;
  /** Due jobs in memory that are not under way. */
  ready = 0;

  constructor(options: SchedulerOptions) {
    this.#concurrencyOf = options.concurrencyOf;
    this.#origins = new Origins(options);
  }

  queues(): Iterable<Queue> {
    return this.#queues.values();
  }

  find(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = new Queue(name, this.#concurrencyOf(name));
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** Due jobs that one queue may hold in memory, so that each of the present queues has a part. */
  share(): Share {
    const queues = Math.max(1, this.#queues.size);
    const jobs = Math.max(LEAST_JOBS, Math.floor(limits.windowJobs / queues));
    const bytes = Math.max(LEAST_BYTES, Math.floor(limits.windowBytes / queues));
    return {
      jobs: Math.min(limits.windowJobsPerQueue, jobs),
      bytes: Math.min(limits.windowBytesPerQueue, bytes),
    };
  }

  hasRoomFor(queue: Queue): boolean {
    return loadOf(queue, this.share()) < 1;
  }

  add(job: HeldJob, now: number): void {
    const queue = this.queue(job.queue);
    queue.push(job, this.#origins.at(job.origin));
    this.ready++;
    this.#enterRing(queue, now);
  }

  /** The next job that may be tried now; it holds a slot until `release`. */
  next(now: number): HeldJob | undefined {
    for (let queue = this.#ring.shift(); queue; queue = this.#ring.shift()) {
      queue.isInRing = false;
      const job = queue.isRunnable(now)
        ? queue.take((origin) => this.#left(origin, now))
        : undefined;
      this.#feed(queue);
      if (job) {
        this.#enterRing(queue, now);
        this.ready--;
        this.running++;
        return job;
      }
      this.#forgetIfIdle(queue, now);
    }
    return undefined;
  }

  /** A job that `next` gave has ended: its slots are free. */
  release(job: HeldJob, now: number): void {
    const queue = this.queue(job.queue);
    const origin = this.#origins.at(job.origin);
    this.running--;
    queue.running--;
    origin.end();
    this.#left(origin, now);
    this.#enterRing(queue, now);
    this.#forgetIfIdle(queue, now);
  }

  /** A ready job leaves memory without being tried; whoever meets it in its line passes it by. */
  drop(job: HeldJob): void {
    this.ready--;
    this.queue(job.queue).leave(job);
  }

  /** Jobs of `name` are due on disk. */
  flagBacklog(name: string): void {
    const queue = this.queue(name);
    queue.hasBacklog = true;
    queue.backlogNews++;
    this.#feed(queue);
  }

  /** Holds a whole queue back. Returns whether that is news. */
  hold(name: string, until: number): boolean {
    const queue = this.queue(name);
    if (until <= queue.heldUntil) return false;
    queue.heldUntil = until;
    return true;
  }

  /** The patience asked for is over. */
  resume(name: string, now: number): void {
    const queue = this.#queues.get(name);
    if (!queue) return;
    this.#enterRing(queue, now);
    this.#forgetIfIdle(queue, now);
  }

  isHungry(): boolean {
    return this.#hungry.size > 0;
  }

  /** Queues that want to read more from disk; each is named once per wish. */
  takeHungry(most: number): Queue[] {
    const taken: Queue[] = [];
    for (const queue of this.#hungry) {
      if (taken.length >= most) break;
      this.#hungry.delete(queue);
      if (queue.hasBacklog && !queue.isClaiming) taken.push(queue);
    }
    return taken;
  }

  /** A look at the disk is over; `isAll`: nothing more was due when it was made. */
  claimed(
    queue: Queue,
    look: { readonly news: number; readonly isAll: boolean },
    now: number,
  ): void {
    queue.isClaiming = false;
    if (look.isAll && queue.backlogNews === look.news) queue.hasBacklog = false;
    this.#feed(queue);
    this.#forgetIfIdle(queue, now);
  }

  /** Makes room in memory: the fullest queue gives jobs beyond its share back to the disk. */
  evict(): HeldJob[] {
    const share = this.share();
    let fullest: Queue | undefined;
    let load = 1;
    for (const queue of this.#queues.values()) {
      if (loadOf(queue, share) <= load) continue;
      fullest = queue;
      load = loadOf(queue, share);
    }
    if (!fullest) return [];
    // What is left is not so little that it would be read again at once.
    const keep = { jobs: Math.ceil(share.jobs / 2), bytes: share.bytes / 2 };
    const evicted = fullest.evict(keep);
    this.ready -= evicted.length;
    if (evicted.length > 0) this.flagBacklog(fullest.name);
    return evicted;
  }

  /**
   * Lines that wait although their origin has room go on; a safety net, cheap enough for once a
   * second.
   */
  resumeWaiting(now: number): void {
    this.#origins.refresh();
    for (const origin of this.#origins.all()) this.#wakeWaiters(origin, now);
  }

  #feed(queue: Queue): void {
    if (!queue.hasBacklog || queue.isClaiming) return;
    if (loadOf(queue, this.share()) < 0.5) this.#hungry.add(queue);
  }

  #enterRing(queue: Queue, now: number): void {
    if (queue.isInRing || !queue.isRunnable(now)) return;
    queue.isInRing = true;
    this.#ring.push(queue);
  }

  /** An attempt or a line of this origin is gone. */
  #left(origin: Origin, now: number): void {
    this.#wakeWaiters(origin, now);
    this.#origins.forgetIfIdle(origin);
  }

  // One waiting line per free place is enough, unless its queue cannot use the place now.
  #wakeWaiters(origin: Origin, now: number): void {
    for (let line = origin.nextWaiting(); line; line = origin.nextWaiting()) {
      line.queue.resume(line);
      this.#enterRing(line.queue, now);
      if (line.queue.isInRing) return;
    }
  }

  #forgetIfIdle(queue: Queue, now: number): void {
    if (!queue.isIdle(now)) return;
    this.#queues.delete(queue.name);
    this.#hungry.delete(queue);
  }
}

/** How much of its share a queue holds; 1: all of it. */
function loadOf(queue: Queue, share: Share): number {
  return Math.max(queue.ready / share.jobs, queue.bytes / share.bytes);
}
