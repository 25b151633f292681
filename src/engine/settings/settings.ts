// What has been said of queues and limits, by jobs and by the operator. All of it is in memory, a
// few hundred bytes for each name of which anything was said; names of which nothing was said cost
// nothing. What jobs say is written in the commit that stores them.

import { isDeepStrictEqual } from 'node:util';
import type { QueueValues } from '../../job/budget-values.ts';
import { limits } from '../../limits.ts';
import type { SettingKind, SettingRow } from '../../store/store.ts';
import type { Budget } from '../turns/budget.ts';
import { paceOf } from '../turns/gcra.ts';
import { emptySetting, paidUntilOf, type Setting, settingOf, specOf } from './setting.ts';

/** What the operator's file says; nobody else can change it. */
export interface ConfiguredValues {
  readonly queues: Readonly<Record<string, QueueValues>>;
  readonly limits: Readonly<Record<string, QueueValues>>;
}

export class Settings {
  readonly #byKind: Readonly<Record<SettingKind, Map<string, Setting>>> = {
    queue: new Map(),
    limit: new Map(),
  };
  #configured: ConfiguredValues;
  /** Before this instant turns of a pace may have been taken that nobody remembers. */
  readonly #startedAt: number;
  readonly #dirty = new Map<string, SettingRow>();

  constructor(startedAt: number, configured: ConfiguredValues) {
    this.#startedAt = startedAt;
    this.#configured = configured;
  }

  /** How many names there are of which something was said. */
  get size(): number {
    return this.#byKind.queue.size + this.#byKind.limit.size;
  }

  load(rows: readonly SettingRow[]): void {
    for (const row of rows) this.#byKind[row.kind].set(row.name, settingOf(row));
  }

  /** What is fixed may be something else now; gives the names of which it is. */
  configure(configured: ConfiguredValues): [kind: SettingKind, name: string][] {
    const before = this.#configured;
    this.#configured = configured;
    return [
      ...changed(before.queues, configured.queues).map((name) => ['queue', name] as const),
      ...changed(before.limits, configured.limits).map((name) => ['limit', name] as const),
    ].map(([kind, name]) => [kind, name]);
  }

  /** Undefined: nothing was ever said of it. */
  find(kind: SettingKind, name: string): Setting | undefined {
    return this.#byKind[kind].get(name);
  }

  names(kind: SettingKind): string[] {
    const configured = Object.keys(this.#fixed(kind));
    return [...new Set([...this.#byKind[kind].keys(), ...configured])];
  }

  /** What counts: the operator's file, then what was said last. */
  values(kind: SettingKind, name: string): QueueValues {
    return { ...this.find(kind, name)?.values, ...this.fixed(kind, name) };
  }

  /** What the operator's file says of it. */
  fixed(kind: SettingKind, name: string): QueueValues | undefined {
    const configured = this.#fixed(kind);
    return Object.hasOwn(configured, name) ? configured[name] : undefined;
  }

  isOrdered(queue: string): boolean {
    const fixed = this.fixed('queue', queue)?.order;
    return (fixed ?? this.find('queue', queue)?.values.order) === 'strict';
  }

  /** Values that a job cannot change. */
  pinned(kind: SettingKind, name: string): readonly string[] {
    const own = Object.keys(this.fixed(kind, name) ?? {});
    return [...new Set([...(this.find(kind, name)?.pinned ?? []), ...own])];
  }

  hasRoom(): boolean {
    return this.size < limits.settings;
  }

  /** From now on this counts; the caller writes it. */
  adopt(kind: SettingKind, name: string, setting: Setting): void {
    this.#byKind[kind].set(name, setting);
  }

  row(kind: SettingKind, name: string, setting: Setting): SettingRow {
    return { kind, name, spec: specOf(setting), paidUntil: setting.paidUntil };
  }

  forget(kind: SettingKind, name: string): void {
    this.#byKind[kind].delete(name);
  }

  /** Gives a budget that has come into memory what is known of it. */
  equip(budget: Budget): void {
    const kind = budget.kind as SettingKind;
    const setting = this.find(kind, budget.name);
    const values = this.values(kind, budget.name);
    budget.set(values, Number.POSITIVE_INFINITY, this.#startedAt);
    budget.isPaused = setting?.paused !== undefined;
    if (budget.pace) budget.pace.paidUntil = paidUntilOf(budget.pace, setting);
  }

  /** A turn was taken: where turns are far apart, that must outlive the process. */
  tookTurn(budget: Budget): void {
    const { kind, name, pace } = budget;
    if (pace === undefined || pace.intervalMs < limits.pacePersistedMs) return;
    if (kind !== 'queue' && kind !== 'limit') return;
    const known = this.find(kind, name) ?? emptySetting();
    const setting = { ...known, paidUntil: pace.paidUntil };
    this.adopt(kind, name, setting);
    this.#dirty.set(`${kind} ${name}`, this.row(kind, name, setting));
  }

  /**
   * An attempt that began then, under way when its process died, took a turn that may not be
   * written. (Of those that had ended it is: what they came to is written later.)
   */
  tookTurnBefore(kind: SettingKind, name: string, startedAt: number): void {
    const pace = paceOf(this.values(kind, name), 0);
    if (pace === undefined || pace.intervalMs < limits.pacePersistedMs) return;
    const known = this.find(kind, name) ?? emptySetting();
    const paidUntil = Math.max(known.paidUntil ?? 0, startedAt + pace.intervalMs);
    this.adopt(kind, name, { ...known, paidUntil });
  }

  /** What is to be written. */
  takeDirty(): SettingRow[] {
    if (this.#dirty.size === 0) return [];
    const rows = [...this.#dirty.values()];
    this.#dirty.clear();
    return rows;
  }

  #fixed(kind: SettingKind): ByName {
    return kind === 'queue' ? this.#configured.queues : this.#configured.limits;
  }
}

type ByName = Readonly<Record<string, QueueValues>>;

function changed(before: ByName, after: ByName): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
}
