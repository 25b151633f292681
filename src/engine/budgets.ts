// The budgets that jobs of any queue share: origins, named limits, and the pool of all commands.
// They come into being on first use and leave memory when nothing of theirs waits or runs.

import { Budget } from './budget.ts';
import type { HeldJob } from './held-job.ts';
import type { Settings } from './settings.ts';

export interface BudgetDefaults {
  readonly attemptsPerOrigin: number;
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
  readonly #commands = new Budget('commands', 'all commands');

  constructor(defaults: BudgetDefaults, settings: Settings) {
    this.#defaults = defaults;
    this.#settings = settings;
    this.#commands.most = defaults.commandsAtOnce;
  }

  /** What a job needs beside its queue's. */
  of({ origin, spec }: Pick<HeldJob, 'origin' | 'spec'>): readonly Budget[] {
    const budgets = [this.origin(origin)];
    if (origin.startsWith(COMMAND)) budgets.push(this.#commands);
    if (spec.limit !== undefined) budgets.push(this.limit(spec.limit));
    return budgets;
  }

  /** The same, as far as memory has them. */
  known({ origin, spec }: Pick<HeldJob, 'origin' | 'spec'>): readonly Budget[] {
    const limit = spec.limit === undefined ? undefined : this.#limits.get(spec.limit);
    const pool = origin.startsWith(COMMAND) ? this.#commands : undefined;
    return [this.#origins.get(origin), pool, limit].filter((budget) => budget !== undefined);
  }

  origin(name: string): Budget {
    let origin = this.#origins.get(name);
    if (!origin) {
      origin = new Budget('origin', name);
      origin.most = this.#mostOf(name);
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
    yield this.#commands;
  }

  /** What the configuration says of commands may have changed. */
  refresh(): void {
    for (const origin of this.#origins.values()) origin.most = this.#mostOf(origin.name);
  }

  forgetIfIdle(budget: Budget, now: number): void {
    if (budget.kind === 'commands' || !budget.isIdle(now)) return;
    (budget.kind === 'origin' ? this.#origins : this.#limits).delete(budget.name);
  }

  #mostOf(name: string): number {
    if (!name.startsWith(COMMAND)) return this.#defaults.attemptsPerOrigin;
    return this.#defaults.commandConcurrency(name.slice(COMMAND.length));
  }
}
