// The one line of an ordered queue: its jobs by the number under which they were stored, whatever
// their origins. What it needs is what its head needs.

import type { Budget } from './budget.ts';
import type { HeldJob } from './held-job.ts';
import type { Line } from './line.ts';
import type { Queue } from './queue.ts';
import type { Share } from './share.ts';

export class OrderedLine implements Line {
  readonly queue: Queue;
  ring: number | undefined;
  waitsAt: Budget | undefined;
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
    const head = this.#head();
    if (head === undefined || this.#held?.seq !== head.seq) this.#hold(head);
    return this.#held?.budgets ?? [];
  }

  push(job: HeldJob): void {
    let at = this.#jobs.length;
    while (at > 0 && (this.#jobs[at - 1] as HeldJob).seq > job.seq) at--;
    this.#jobs.splice(at, 0, job);
  }

  best(): number | undefined {
    const head = this.#head();
    return head !== undefined && this.queue.isTurnOf(head) ? 0 : undefined;
  }

  take(): HeldJob | undefined {
    if (this.best() === undefined) return undefined;
    const job = this.#jobs.shift();
    this.#hold(undefined);
    return job;
  }

  evict(keep: Share): HeldJob[] {
    const evicted: HeldJob[] = [];
    for (let job = this.#jobs.pop(); job; job = this.#jobs.pop()) {
      if (job.phase !== 'ready') continue;
      if (!job.isParked || !this.queue.isBeyond(keep, job)) {
        this.#jobs.push(job);
        break;
      }
      this.queue.leave(job);
      evicted.push(job);
    }
    return evicted;
  }

  drain(): HeldJob[] {
    const jobs = this.#jobs.filter(({ phase }) => phase === 'ready');
    this.#jobs = [];
    this.#hold(undefined);
    return jobs;
  }

  #head(): HeldJob | undefined {
    for (let head = this.#jobs[0]; head !== undefined; head = this.#jobs[0]) {
      if (head.phase === 'ready') return head;
      this.#jobs.shift();
    }
    return undefined;
  }

  #hold(head: HeldJob | undefined): void {
    for (const budget of this.#held?.budgets ?? []) budget.lines--;
    this.#held = head && { seq: head.seq, budgets: this.#budgetsOf(head) };
    for (const budget of this.#held?.budgets ?? []) budget.lines++;
  }
}
