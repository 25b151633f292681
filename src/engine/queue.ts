// One queue's due jobs, in lines by origin: a full origin blocks its own line and no other. Lines
// take turns; within a line the better priority goes first, then who came first.

import { Fifo } from './fifo.ts';
import type { HeldJob } from './held-job.ts';
import type { Origin } from './origin.ts';

export interface Line {
  readonly queue: Queue;
  readonly origin: Origin;
  readonly byPriority: readonly Fifo<HeldJob>[];
}

/** What one queue may hold in memory. */
export interface Share {
  readonly jobs: number;
  readonly bytes: number;
}

export class Queue {
  readonly name: string;
  readonly concurrency: number;
  running = 0;
  /** Due jobs in memory that are not under way. */
  ready = 0;
  /** What these cost the window. */
  bytes = 0;
  /** More due jobs may stand on disk. */
  hasBacklog = false;
  /** Counts news of backlog, so that an older look at the disk cannot deny it. */
  backlogNews = 0;
  isClaiming = false;
  /** A target asked for patience until this instant. */
  heldUntil = 0;
  isInRing = false;
  readonly #lines = new Map<string, Line>();
  readonly #ring = new Fifo<Line>();

  constructor(name: string, concurrency: number) {
    this.name = name;
    this.concurrency = concurrency;
  }

  isRunnable(now: number): boolean {
    return this.#ring.size > 0 && this.running < this.concurrency && this.heldUntil <= now;
  }

  isIdle(now: number): boolean {
    const isEmpty = this.ready === 0 && this.running === 0 && this.#lines.size === 0;
    return isEmpty && !this.hasBacklog && !this.isClaiming && this.heldUntil <= now;
  }

  push(job: HeldJob, origin: Origin): void {
    let line = this.#lines.get(origin.name);
    if (!line) {
      line = { queue: this, origin, byPriority: [new Fifo(), new Fifo(), new Fifo(), new Fifo()] };
      origin.lines++;
      this.#lines.set(origin.name, line);
      this.#ring.push(line);
    }
    line.byPriority[job.priority]?.push(job);
    this.ready++;
    this.bytes += job.bytes;
  }

  /** A due job begins, or leaves memory without being tried. */
  leave(job: HeldJob): void {
    this.ready--;
    this.bytes -= job.bytes;
  }

  /**
   * The next job whose origin has room; it counts as under way from now on. `onEmpty` hears of each
   * line that turned out to be empty and is gone.
   */
  take(onEmpty: (origin: Origin) => void): HeldJob | undefined {
    for (let line = this.#ring.shift(); line; line = this.#ring.shift()) {
      if (!line.origin.hasRoom()) {
        line.origin.wait(line);
        continue;
      }
      const job = firstOf(line);
      if (job) {
        this.#ring.push(line);
        this.#begin(job, line.origin);
        return job;
      }
      this.#lines.delete(line.origin.name);
      line.origin.lines--;
      onEmpty(line.origin);
    }
    return undefined;
  }

  /** The origin of `line` has room again. */
  resume(line: Line): void {
    this.#ring.push(line);
  }

  /** Gives the last due jobs that also stand on disk back to the disk, down to what it may keep. */
  evict(keep: Share): HeldJob[] {
    const evicted: HeldJob[] = [];
    for (const line of this.#lines.values()) {
      for (const jobs of line.byPriority.toReversed()) this.#evictFrom(jobs, keep, evicted);
    }
    return evicted;
  }

  #evictFrom(jobs: Fifo<HeldJob>, keep: Share, evicted: HeldJob[]): void {
    for (let job = jobs.pop(); job; job = jobs.pop()) {
      if (job.phase !== 'ready') continue;
      const isBeyond = this.ready > keep.jobs || this.bytes - job.bytes >= keep.bytes;
      if (!isBeyond || !job.isParked) {
        jobs.push(job);
        return;
      }
      this.leave(job);
      evicted.push(job);
    }
  }

  #begin(job: HeldJob, origin: Origin): void {
    this.leave(job);
    this.running++;
    origin.begin();
  }
}

function firstOf(line: Line): HeldJob | undefined {
  for (const jobs of line.byPriority) {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      if (job.phase === 'ready') return job;
    }
  }
  return undefined;
}
