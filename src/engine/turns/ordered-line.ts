// The one line of an ordered queue: its jobs by the number under which they were stored, whatever
// their origins. One that has begun is awaited: it goes before those that fell due later, though
// they were stored before it. What the line needs is what its next job needs.

import type { HeldJob } from '../attempts/held-job.ts';
import type { Budget } from './budget.ts';
import type { Line } from './line.ts';
import type { Queue } from './queue.ts';
import type { Share } from './share.ts';

export class OrderedLine implements Line {
  readonly queue: Queue;
  ring: number | undefined;
  waitsAt: Budget | undefined;
  place: Budget | undefined;
  isGone = false;
  readonly #budgetsOf: (job: HeldJob) => readonly Budget[];
  #jobs: HeldJob[] = [];
  #held: { readonly seq: number; readonly budgets: readonly Budget[] } | undefined;

  constructor(queue: Queue, budgetsOf: (job: HeldJob) => readonly Budget[]) {
    this.queue = queue;
    this.#budgetsOf = budgetsOf;
  }

  /** Kept in memory for as long as the same job is at the head. */
  get budgets(): readonly Budget[] {
    const next = this.#next();
    if (next === undefined || this.#held?.seq !== next.seq) this.#hold(next);
    return this.#held?.budgets ?? [];
  }

  /** Its number. */
  get next(): number | undefined {
    return this.#next()?.seq;
  }

  push(job: HeldJob): void {
    let at = this.#jobs.length;
    while (at > 0 && (this.#jobs[at - 1] as HeldJob).seq > job.seq) at--;
    this.#jobs.splice(at, 0, job);
  }

  best(): number | undefined {
    return this.#next() && 0;
  }

  take(): HeldJob | undefined {
    const job = this.#next();
    if (job === undefined) return undefined;
    this.#jobs.splice(this.#placeOf(job.seq), 1);
    this.#hold(undefined);
    return job;
  }

  evict(keep: Share): HeldJob[] {
    const evicted: HeldJob[] = [];
    const kept: HeldJob[] = [];
    for (let job = this.#jobs.pop(); job; job = this.#jobs.pop()) {
      if (job.phase !== 'ready') continue;
      const isKept = !job.isParked || !this.queue.isBeyond(keep, job);
      if (isKept || job.seq === this.queue.awaited) kept.unshift(job);
      if (isKept) break;
      if (job.seq === this.queue.awaited) continue;
      this.queue.leave(job);
      evicted.push(job);
    }
    this.#jobs.push(...kept);
    return evicted;
  }

  drain(): HeldJob[] {
    const jobs = this.#jobs.filter(({ phase }) => phase === 'ready');
    this.#jobs = [];
    return jobs;
  }

  letGo(): readonly Budget[] {
    const budgets = this.#held?.budgets ?? [];
    this.#hold(undefined);
    return budgets;
  }

  #next(): HeldJob | undefined {
    if (!this.queue.isKnown) return undefined;
    for (let at = this.#nextPlace(); at < this.#jobs.length; at = this.#nextPlace()) {
      const job = this.#jobs[at] as HeldJob;
      if (job.seq !== (this.queue.awaited ?? job.seq)) return undefined;
      if (job.phase === 'ready') return job;
      this.#jobs.splice(at, 1);
    }
    return undefined;
  }

  #nextPlace(): number {
    const { awaited } = this.queue;
    return awaited === undefined ? 0 : this.#placeOf(awaited);
  }

  /** Of the first job with this number or a higher one. */
  #placeOf(seq: number): number {
    let [low, high] = [0, this.#jobs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#jobs[middle] as HeldJob).seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #hold(head: HeldJob | undefined): void {
    for (const budget of this.#held?.budgets ?? []) budget.lines--;
    this.#held = head && { seq: head.seq, budgets: this.#budgetsOf(head) };
    for (const budget of this.#held?.budgets ?? []) budget.lines++;
  }
}
