// What must hold in the world of the scheduler, counted without the scheduler's own books.

import assert from 'node:assert/strict';
import type { HeldJob } from '../../src/engine/attempts/held-job.ts';
import type { Settings } from '../../src/engine/settings/settings.ts';
import type { Budget } from '../../src/engine/turns/budget.ts';
import type { Queue } from '../../src/engine/turns/queue.ts';
import type { Scheduler } from '../../src/engine/turns/scheduler.ts';
import { parseRate, type QueueValues } from '../../src/job/budget-values.ts';
import type { Level } from '../../src/job/job.ts';
import type { SettingKind } from '../../src/store/store.ts';

export const BOUNDS = { slots: 6, attemptsPerOrigin: 3, commandsAtOnce: 2, perCommand: 1 };

/** A job as the disk knows it. */
export interface Entry {
  readonly seq: number;
  readonly queue: string;
  readonly target: string;
  readonly limit: string | undefined;
  priority: Level;
  runAt: number;
  attempt: number;
  /** Otherwise only memory knows it. */
  isOnDisk: boolean;
  isDone: boolean;
  held: HeldJob | undefined;
}

/** What is judged. */
interface Judged {
  readonly now: number;
  readonly scheduler: Scheduler;
  readonly settings: Settings;
  readonly entries: ReadonlyMap<number, Entry>;
  readonly running: readonly HeldJob[];
  waiting(): Entry[];
}

export class Judge {
  readonly #world: Judged;
  /** When turns of a rate were taken. */
  readonly #turns = new Map<string, number[]>();

  constructor(world: Judged) {
    this.#world = world;
  }

  /** Under another rate another count begins. */
  forgetTurns(kind: SettingKind, name: string): void {
    this.#turns.delete(`${kind} ${name}`);
  }

  /** `job` is about to begin. */
  begins(job: HeldJob): void {
    assert.equal(job.phase, 'ready', 'what begins was waiting');
    assert.ok(!this.#world.entries.get(job.seq)?.isDone, 'what begins is not over');
    this.#isWithin('queue', job.queue, ({ queue }) => queue === job.queue);
    const { limit } = job.spec;
    if (limit !== undefined) this.#isWithin('limit', limit, ({ spec }) => spec.limit === limit);
    const isCommand = job.origin.startsWith('command:');
    const most = isCommand ? BOUNDS.perCommand : BOUNDS.attemptsPerOrigin;
    assert.ok(this.#count(({ origin }) => origin === job.origin) < most, 'its origin has room');
    if (isCommand) {
      const commands = this.#count(({ origin }) => origin.startsWith('command:'));
      assert.ok(commands < BOUNDS.commandsAtOnce, 'the pool of commands has room');
    }
    if (this.#world.settings.isOrdered(job.queue)) this.#isInOrder(job);
  }

  /** Nothing waits that could run, and nothing on disk is unknown. */
  afterDispatch(): void {
    const { scheduler, running, now } = this.#world;
    assert.equal(scheduler.running, running.length);
    const waiting = this.#world.waiting();
    assert.equal(scheduler.ready, waiting.filter(({ held }) => held).length, 'ready is counted');
    for (const { queue: name, runAt, held, seq } of waiting) {
      if (held || runAt > now) continue;
      const queue = scheduler.find(name);
      assert.ok(queue?.hasBacklog, `job ${seq} is due on disk and its queue knows of it`);
    }
    if (running.length >= BOUNDS.slots) return;
    for (const entry of waiting) {
      if (entry.held && this.#mayBegin(entry)) assert.fail(`job ${entry.seq} could run, and waits`);
    }
  }

  #isWithin(kind: SettingKind, name: string, isOfIt: (job: HeldJob) => boolean): void {
    const { settings, now } = this.#world;
    assert.ok(!settings.find(kind, name)?.paused, `${kind} ${name} is not paused`);
    const { concurrency = Infinity, order }: QueueValues = settings.values(kind, name);
    const most = order === 'strict' ? 1 : concurrency;
    assert.ok(this.#count(isOfIt) < most, `${kind} ${name} has room`);
    const { rate, burst = 1 } = settings.values(kind, name);
    if (rate === undefined) return;
    const turns = this.#turns.get(`${kind} ${name}`) ?? [];
    this.#turns.set(`${kind} ${name}`, turns);
    turns.push(now);
    const { count, periodMs } = parseRate(rate, 'rate');
    const recent = turns.filter((at) => at > now - periodMs).length;
    assert.ok(recent <= count + burst, `${kind} ${name}: ${recent} turns in ${periodMs} ms`);
  }

  #isInOrder(job: HeldJob): void {
    const { settings } = this.#world;
    const others = this.#world.waiting().filter((one) => one.queue === job.queue);
    const rest = others.filter(({ seq }) => seq !== job.seq);
    if (settings.values('queue', job.queue).onFailure !== 'skip') {
      const begun = rest.filter(({ attempt }) => attempt > 1).map(({ seq }) => seq);
      if (begun.length > 0) assert.ok(job.attempt > 1, `job ${begun[0]} has begun before`);
      if (job.attempt > 1) return;
    }
    const sooner = rest.find(({ seq, held }) => held && seq < job.seq);
    assert.equal(sooner?.seq, undefined, 'none that stands before it in memory waits');
  }

  #mayBegin({ held, queue: name }: Entry): boolean {
    const { scheduler, now } = this.#world;
    const queue = scheduler.find(name);
    const job = held as HeldJob;
    if (!queue?.budget.isOpen(now)) return false;
    const isOpen = (budget: Budget): boolean => budget.isOpen(now);
    if (!scheduler.budgets.known(job).every(isOpen)) return false;
    return !queue.isOrdered || this.#isNext(queue, job);
  }

  /** In an ordered queue. */
  #isNext(queue: Queue, job: HeldJob): boolean {
    const own = this.#world.waiting().filter((one) => one.queue === queue.name);
    if (!queue.isKnown || queue.isClaiming) return false;
    const begun = own.filter(({ attempt }) => attempt > 1);
    if (begun.length > 0 && queue.onFailure !== 'skip') {
      return Math.min(...begun.map(({ seq }) => seq)) === job.seq;
    }
    const held = own.filter((one) => one.held).map(({ seq }) => seq);
    return Math.min(...held) === job.seq;
  }

  #count(isOfIt: (job: HeldJob) => boolean): number {
    return this.#world.running.filter(isOfIt).length;
  }
}
