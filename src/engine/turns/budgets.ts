// The budgets that jobs of any queue share: origins, named limits, and the pool of all commands.
// They come into being on first use and leave memory when nothing of theirs waits or runs.

import { limits } from '../../limits.ts';
import type { HeldJob } from '../attempts/held-job.ts';
import type { Settings } from '../settings/settings.ts';
import { Egress } from '../targets/egress.ts';
import { NOTHING } from '../targets/heard.ts';
import { Origin } from '../targets/origin.ts';
import { Budget } from './budget.ts';

export interface BudgetDefaults {
  readonly attemptsPerOrigin: number;
  readonly random: () => number;
  readonly commandsAtOnce: number;
  /** Of one command, by its name. */
  readonly commandConcurrency: (name: string) => number;
}

const COMMAND = 'command:';

export class Budgets {
  readonly #origins = new Map<string, Budget>();
  readonly #limits = new Map<string, Budget>();
  readonly #defaults: BudgetDefaults;
  readonly #settings: Settings;
  /** The pool that all commands share. */
  readonly commands: Budget = new Budget('commands', 'all commands');
  /** All that goes over HTTP. */
  readonly egress: Egress = new Egress();

  constructor(defaults: BudgetDefaults, settings: Settings) {
    this.#defaults = defaults;
    this.#settings = settings;
    this.commands.most = defaults.commandsAtOnce;
  }

  /** What a job needs beside its queue's. */
  of({ origin, spec }: Pick<HeldJob, 'origin' | 'spec'>): readonly Budget[] {
    const budgets = [this.origin(origin)];
    budgets.push(origin.startsWith(COMMAND) ? this.commands : this.egress);
    if (spec.limit !== undefined) budgets.push(this.limit(spec.limit));
    return budgets;
  }

  /** The same, as far as memory has them. */
  known({ origin, spec }: Pick<HeldJob, 'origin' | 'spec'>): readonly Budget[] {
    const limit = spec.limit === undefined ? undefined : this.#limits.get(spec.limit);
    const pool = origin.startsWith(COMMAND) ? this.commands : this.egress;
    return [this.#origins.get(origin), pool, limit].filter((budget) => budget !== undefined);
  }

  origin(name: string): Budget {
    let origin = this.#origins.get(name);
    if (!origin) {
      origin = this.#originOf(name);
      this.#origins.set(name, origin);
    }
    return origin;
  }

  limit(name: string): Budget {
    let limit = this.#limits.get(name);
    if (!limit) {
      limit = new Budget('limit', name);
      this.#settings.equip(limit);
      this.#limits.set(name, limit);
    }
    return limit;
  }

  /** The origin of targets over HTTP. */
  target(name: string): Origin | undefined {
    const origin = this.#origins.get(name);
    return origin instanceof Origin ? origin : undefined;
  }

  /** A job gives its place back; if nothing was heard of it, it was never tried. */
  unheard(job: HeldJob, now: number): void {
    if (!job.isHeard) this.target(job.origin)?.hear(NOTHING, now, now);
    job.isHeard = false;
  }

  *targets(): Iterable<Origin> {
    for (const origin of this.#origins.values()) if (origin instanceof Origin) yield origin;
  }

  findOrigin(name: string): Budget | undefined {
    return this.#origins.get(name);
  }

  findLimit(name: string): Budget | undefined {
    return this.#limits.get(name);
  }

  origins(): Iterable<Budget> {
    return this.#origins.values();
  }

  limits(): Iterable<Budget> {
    return this.#limits.values();
  }

  *all(): Iterable<Budget> {
    yield* this.#origins.values();
    yield* this.#limits.values();
    yield this.commands;
    yield this.egress;
  }

  /** What the configuration says of commands may have changed. */
  refresh(): void {
    for (const origin of this.#origins.values()) origin.most = this.#mostOf(origin.name);
  }

  forgetIfIdle(budget: Budget, now: number): void {
    const isKept = budget.kind === 'commands' || budget.kind === 'egress';
    if (isKept || !this.#isUnused(budget, now)) return;
    const known = budget.kind === 'origin' ? this.#origins : this.#limits;
    // An alarm of one that was forgotten must not take the one that came after it.
    if (known.get(budget.name) === budget) known.delete(budget.name);
  }

  /** What was learned of an origin outlives its use, but not of any number of them. */
  #isUnused(budget: Budget, now: number): boolean {
    if (budget.isIdle(now)) return true;
    return this.#origins.size > limits.originsKept && budget.running === 0 && budget.lines === 0;
  }

  #originOf(name: string): Budget {
    const most = this.#mostOf(name);
    if (!name.startsWith(COMMAND)) return new Origin(name, { most, random: this.#defaults.random });
    const command = new Budget('origin', name);
    command.most = most;
    return command;
  }

  #mostOf(name: string): number {
    if (!name.startsWith(COMMAND)) return this.#defaults.attemptsPerOrigin;
    return this.#defaults.commandConcurrency(name.slice(COMMAND.length));
  }
}
