// A world around the scheduler in which time stands until it is told to go: a disk that knows all
// jobs, looks at it that take as long as somebody wants, attempts that end when somebody says so.
// It does what the engine does, in the same order, without the engine's safety net.

import assert from 'node:assert/strict';
import { type HeldJob, holdClaimed } from '../../src/engine/attempts/held-job.ts';
import { emptySetting, type Setting } from '../../src/engine/settings/setting.ts';
import { Settings } from '../../src/engine/settings/settings.ts';
import { hearEnd, relearn } from '../../src/engine/turns/order.ts';
import type { Queue } from '../../src/engine/turns/queue.ts';
import { Scheduler } from '../../src/engine/turns/scheduler.ts';
import type { QueueValues } from '../../src/job/budget-values.ts';
import { ORDERED_LEVEL } from '../../src/job/job.ts';
import type { SettingKind } from '../../src/store/store.ts';
import { BOUNDS, type Entry, Judge } from './judge.ts';

export type NewJob = Pick<Entry, 'queue' | 'target' | 'limit' | 'priority'>;

interface Look {
  readonly queue: Queue;
  readonly news: number;
  readonly begunNews: number;
  readonly isUrgent: boolean;
  readonly begun: number | undefined;
  claimed: readonly Entry[] | undefined;
  isAll: boolean;
}

// Two or three fill the share of a queue, so that memory and disk are both in play.
const JOB_BYTES = 6 * 1_048_576;

export class World {
  now = 1_000_000;
  readonly settings: Settings = new Settings(0, { queues: {}, limits: {} });
  readonly scheduler: Scheduler;
  readonly entries: Map<number, Entry> = new Map();
  readonly running: HeldJob[] = [];
  readonly judge: Judge;
  #looks: Look[] = [];
  #seq = 0;

  constructor() {
    const { attemptsPerOrigin, commandsAtOnce, perCommand } = BOUNDS;
    const commands = { commandsAtOnce, commandConcurrency: () => perCommand };
    const bounds = { attemptsPerOrigin, ...commands, random: () => 0.5 };
    this.scheduler = new Scheduler(bounds, this.settings);
    this.judge = new Judge(this);
  }

  add(job: NewJob, delayMs = 0): void {
    const seq = ++this.#seq;
    const isOrdered = this.settings.isOrdered(job.queue);
    const priority = isOrdered ? ORDERED_LEVEL : job.priority;
    const runAt = this.now + delayMs;
    const queue = this.scheduler.find(job.queue);
    const fits = !queue || (!queue.hasBacklog && this.scheduler.hasRoomFor(queue));
    const isOnDisk = delayMs > 0 || !fits;
    const state = { isOnDisk, isDone: false, held: undefined };
    const entry: Entry = { ...job, seq, priority, runAt, attempt: 1, ...state };
    this.entries.set(seq, entry);
    if (!isOnDisk) this.#hold(entry);
    else if (delayMs === 0) this.scheduler.flagBacklog(job.queue, priority);
  }

  /** What only memory knew is written to disk as well. */
  park(): void {
    for (const entry of this.waiting()) {
      entry.isOnDisk = true;
      if (entry.held) entry.held.isParked = true;
    }
  }

  /** An attempt ends; `retryMs`: it is tried again then. `told`: what it tells of its target. */
  end(which: number, retryMs?: number, told?: 'success' | 'failure'): void {
    const [job] = this.running.splice(which % Math.max(1, this.running.length), 1);
    if (!job) return;
    if (told) this.#hear(job, told);
    const entry = this.#entry(job.seq);
    entry.held = undefined;
    if (retryMs === undefined) entry.isDone = true;
    else Object.assign(entry, { isOnDisk: true, runAt: this.now + retryMs });
    entry.attempt++;
    hearEnd(this.scheduler, job, entry.isDone);
    job.phase = 'gone';
    this.scheduler.release(job, this.now);
    if (retryMs === 0) this.scheduler.flagBacklog(job.queue);
  }

  cancel(which: number): void {
    const all = this.waiting();
    const entry = all[which % Math.max(1, all.length)];
    if (!entry) return;
    entry.isDone = true;
    if (entry.held) {
      entry.held.phase = 'cancelling';
      this.scheduler.drop(entry.held, this.now);
      entry.held.phase = 'gone';
      entry.held = undefined;
    }
    relearn(this.scheduler, entry.queue);
  }

  /** One that has ended is sent on its way again. */
  reopen(which: number): void {
    const all = [...this.entries.values()].filter(({ isDone }) => isDone);
    const entry = all[which % Math.max(1, all.length)];
    if (!entry) return;
    Object.assign(entry, { isDone: false, isOnDisk: true, runAt: this.now });
    relearn(this.scheduler, entry.queue);
    this.scheduler.flagBacklog(entry.queue);
  }

  pause(kind: SettingKind, name: string, isPaused: boolean): void {
    const { paused: _, ...known } = this.settings.find(kind, name) ?? emptySetting();
    this.#adopt(kind, name, isPaused ? { ...known, paused: { at: this.now } } : known);
  }

  change(kind: SettingKind, name: string, values: QueueValues): void {
    const known = this.settings.find(kind, name) ?? emptySetting();
    this.#adopt(kind, name, { ...known, values });
    this.judge.forgetTurns(kind, name);
  }

  hold(queue: string, ms: number): void {
    this.scheduler.hold(queue, this.now + ms, this.now);
  }

  advance(ms: number): void {
    const before = this.now;
    this.now += ms;
    for (const { queue, runAt } of this.waiting()) {
      if (runAt > before && runAt <= this.now) this.scheduler.flagBacklog(queue);
    }
  }

  /** Every look at the disk that is under way comes one step further, and new ones begin. */
  look(): void {
    const under = this.#looks;
    this.#looks = [];
    for (const look of under) {
      if (look.claimed !== undefined) {
        this.#take(look);
        continue;
      }
      this.#claim(look);
      this.#looks.push(look);
    }
    for (const queue of this.scheduler.hunger.take(32)) {
      queue.isClaiming = true;
      this.#looks.push(this.#begin(queue));
    }
  }

  /** What the engine does after every change: begins what may begin. */
  dispatch(): void {
    this.scheduler.ring(this.now);
    while (this.scheduler.running < BOUNDS.slots) {
      const job = this.scheduler.next(this.now);
      if (!job) break;
      this.judge.begins(job);
      job.phase = 'running';
      job.startedAt = this.now;
      this.running.push(job);
    }
    this.judge.afterDispatch();
  }

  /** Nothing of what was done is remembered. */
  assertEmpty(): void {
    const { scheduler, now } = this;
    // The look of once a second, and what follows from it.
    for (let second = 0; second < 2; second++) {
      scheduler.resumeWaiting(now);
      this.dispatch();
    }
    const { budgets } = scheduler;
    const left = [...scheduler.queues(), ...budgets.origins(), ...budgets.limits()];
    assert.deepEqual(
      left.map(({ name }) => name),
      [],
    );
  }

  waiting(): Entry[] {
    const all = [...this.entries.values()];
    return all.filter((entry) => !entry.isDone && entry.held?.phase !== 'running');
  }

  /** Nothing happens before something opens by itself, or falls due. */
  untilNext(): number {
    const later = this.waiting().flatMap(({ runAt }) => (runAt > this.now ? runAt : []));
    const nextAt = Math.min(this.scheduler.nextAlarmAt(), ...later);
    assert.ok(nextAt < Number.POSITIVE_INFINITY, 'what waits will be woken');
    return Math.max(1, Math.ceil(nextAt - this.now));
  }

  isLooking(): boolean {
    return this.#looks.length > 0 || this.scheduler.hunger.isAny;
  }

  #hear(job: HeldJob, circuit: 'success' | 'failure'): void {
    const { startedAt, origin } = job;
    const heard = { circuit, pace: 'failed', reached: 'unknown' } as const;
    this.scheduler.budgets.target(origin)?.hear(heard, startedAt, this.now);
    job.isHeard = true;
    this.scheduler.heard(job, { isAll: false, now: this.now });
  }

  #entry(seq: number): Entry {
    const entry = this.entries.get(seq);
    assert.ok(entry);
    return entry;
  }

  #adopt(kind: SettingKind, name: string, setting: Setting): void {
    this.settings.adopt(kind, name, setting);
    this.scheduler.reset(kind, name, this.now);
  }

  #hold(entry: Entry): void {
    const { seq, queue, priority, runAt, attempt, limit } = entry;
    const spec = JSON.stringify({ target: targetOf(entry.target), limit });
    const times = { runAt, createdAt: 0, expiresAt: Number.MAX_SAFE_INTEGER };
    const counts = { attempt, triesUsed: 0, deaths: 0 };
    const content = { spec, body: null, bodyId: null, bodyBytes: 0 };
    const claimed = { seq, id: `${seq}`, queue, priority, ...times, ...counts, ...content };
    const job = { ...holdClaimed(claimed, this.now), bytes: JOB_BYTES, isParked: entry.isOnDisk };
    entry.held = job;
    this.scheduler.add(job, this.now);
  }

  #begin(queue: Queue): Look {
    const begun = queue.isOrdered ? this.#lineUp(queue.name) : undefined;
    const { backlogNews: news, begunNews, isUrgent } = queue;
    queue.isUrgent = false;
    return { queue, news, begunNews, isUrgent, begun, claimed: undefined, isAll: false };
  }

  #lineUp(queue: string): number | undefined {
    const waiting = this.#onDisk(queue);
    for (const entry of waiting) entry.priority = ORDERED_LEVEL;
    const begun = waiting.filter(({ attempt }) => attempt > 1).map(({ seq }) => seq);
    return begun.length > 0 ? Math.min(...begun) : undefined;
  }

  #onDisk(queue: string): Entry[] {
    const all = [...this.entries.values()];
    return all.filter((entry) => entry.queue === queue && entry.isOnDisk && !entry.isDone);
  }

  #claim(look: Look): void {
    const { queue } = look;
    if (queue.isOrdered && queue.begunNews === look.begunNews) {
      queue.begun = look.begun;
      queue.isKnown = true;
    }
    const due = this.#onDisk(queue.name).filter(({ runAt, held }) => runAt <= this.now && !held);
    const first = queue.isOrdered ? this.#lineUp(queue.name) : undefined;
    const isFirst = ({ seq }: Entry): number => Number(seq === first);
    due.sort((a, b) =>
      queue.isOrdered
        ? isFirst(b) - isFirst(a) || a.seq - b.seq
        : a.priority - b.priority || a.runAt - b.runAt || a.seq - b.seq,
    );
    const room = Math.max(1, Math.floor((this.scheduler.share().bytes - queue.bytes) / JOB_BYTES));
    const limit = look.isUrgent ? Math.max(2, room) : room;
    look.claimed = due.slice(0, limit);
    look.isAll = look.claimed.length < limit;
  }

  #take({ queue, news, claimed = [], isAll }: Look): void {
    for (const entry of claimed) if (!entry.held && !entry.isDone) this.#hold(entry);
    this.scheduler.claimed(queue, { news, isAll }, this.now);
    for (const job of this.scheduler.trim(queue)) {
      job.phase = 'gone';
      this.#entry(job.seq).held = undefined;
    }
  }
}

function targetOf(name: string): object {
  if (name.startsWith('command:')) return { kind: 'command', name: name.slice(8), args: [] };
  return { kind: 'http', method: 'GET', url: `${name}/`, headers: [] };
}
