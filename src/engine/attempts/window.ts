// The jobs that this node holds in memory: a bounded cache of what is due. Everything else waits on
// disk.

import { limits } from '../../limits.ts';
import { type HeldJob, isUnderWay } from './held-job.ts';

export class Window {
  readonly #bySeq = new Map<number, HeldJob>();
  readonly #byId = new Map<string, HeldJob>();
  // In the order of their sequence numbers, because they enter as they are numbered.
  readonly #unparked = new Map<number, HeldJob>();
  // What a claim must not bring again, by queue.
  readonly #parked = new Map<string, Set<number>>();
  #bytes = 0;

  get size(): number {
    return this.#bySeq.size;
  }

  hasRoom(): boolean {
    return this.#bySeq.size < limits.windowJobs && this.#bytes < limits.windowBytes;
  }

  hold(job: HeldJob): void {
    this.#bySeq.set(job.seq, job);
    // A job that is not stored yet may turn out to be a repeat of one that is known by its id.
    if (job.phase !== 'storing') this.#byId.set(job.id, job);
    if (job.isParked) this.#addParked(job);
    else this.#unparked.set(job.seq, job);
    this.#bytes += job.bytes;
  }

  /** A job that was held while it was being stored is stored. */
  accept(job: HeldJob): void {
    job.phase = 'ready';
    this.#byId.set(job.id, job);
  }

  /** `copy` stands for `job` from now on, before the low-water mark too. */
  replace(job: HeldJob, copy: HeldJob): void {
    job.phase = 'gone';
    this.#bySeq.set(copy.seq, copy);
    this.#byId.set(copy.id, copy);
    if (!copy.isParked) this.#unparked.set(copy.seq, copy);
  }

  release(job: HeldJob): void {
    job.phase = 'gone';
    if (!this.#bySeq.delete(job.seq)) return;
    if (this.#byId.get(job.id) === job) this.#byId.delete(job.id);
    if (job.isParked) this.#removeParked(job);
    else this.#unparked.delete(job.seq);
    this.#bytes -= job.bytes;
    if (job.onGone) for (const action of job.onGone) action();
  }

  /** Resolves when the job leaves memory. */
  whenGone(job: HeldJob): Promise<void> {
    if (job.phase === 'gone') return Promise.resolve();
    return new Promise((resolve) => {
      job.onGone ??= [];
      job.onGone.push(resolve);
    });
  }

  at(seq: number): HeldJob | undefined {
    return this.#bySeq.get(seq);
  }

  find(id: string): HeldJob | undefined {
    return this.#byId.get(id);
  }

  /** One of a queue that is under way. */
  underWay(queue: string): HeldJob | undefined {
    for (const job of this.#bySeq.values()) {
      if (job.queue === queue && isUnderWay(job)) return job;
    }
    return undefined;
  }

  all(): Iterable<HeldJob> {
    return this.#bySeq.values();
  }

  markParked(job: HeldJob): void {
    if (job.isParked || job.phase === 'gone') return;
    job.isParked = true;
    this.#unparked.delete(job.seq);
    this.#addParked(job);
  }

  /** Sequence numbers of the held jobs of a queue that stand in `todo` too. */
  parkedOf(queue: string): number[] {
    return [...(this.#parked.get(queue) ?? [])];
  }

  /** Jobs held since before `instant` that only the low-water mark protects. */
  unparkedSince(instant: number): HeldJob[] {
    const old: HeldJob[] = [];
    for (const job of this.#unparked.values()) {
      if (job.heldAt > instant) break;
      if (job.phase === 'ready' || job.phase === 'running') old.push(job);
    }
    return old;
  }

  /** Every job below this number is settled or in `todo`. */
  lowSeq(nextSeq: number): number {
    const first = this.#unparked.keys().next();
    return first.done ? nextSeq : first.value;
  }

  #addParked(job: HeldJob): void {
    const seqs = this.#parked.get(job.queue);
    if (seqs) seqs.add(job.seq);
    else this.#parked.set(job.queue, new Set([job.seq]));
  }

  #removeParked(job: HeldJob): void {
    const seqs = this.#parked.get(job.queue);
    seqs?.delete(job.seq);
    if (seqs?.size === 0) this.#parked.delete(job.queue);
  }
}
