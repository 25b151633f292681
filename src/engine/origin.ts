// The budget that all jobs of one origin share, whatever queues they wait in. Commands have one
// more above it, a pool that all of them share: a line that meets the full pool waits there, behind
// those of other commands, so that each gets its turn.

import { Fifo } from './fifo.ts';
import type { Line } from './queue.ts';

/** A budget that several origins share. */
export class Pool {
  readonly most: number;
  /** Attempts under way. */
  running = 0;
  /** Lines whose own origin has room, in the order in which they met the full pool. */
  readonly waiting: Fifo<Line> = new Fifo();

  constructor(most: number) {
    this.most = most;
  }

  hasRoom(): boolean {
    return this.running < this.most;
  }
}

export class Origin {
  readonly name: string;
  readonly pool: Pool | undefined;
  most: number;
  /** Attempts under way. */
  running = 0;
  /** Lines that hold jobs for this origin. */
  lines = 0;
  /** Lines that met the full budget, in the order in which they did. */
  readonly #waiting: Fifo<Line> = new Fifo();

  constructor(name: string, most: number, pool?: Pool) {
    this.name = name;
    this.most = most;
    this.pool = pool;
  }

  hasRoom(): boolean {
    return this.running < this.most && (this.pool === undefined || this.pool.hasRoom());
  }

  begin(): void {
    this.running++;
    if (this.pool) this.pool.running++;
  }

  end(): void {
    this.running--;
    if (this.pool) this.pool.running--;
  }

  /** There is no room now. */
  wait(line: Line): void {
    const isPoolFull = this.pool !== undefined && this.running < this.most;
    if (isPoolFull) this.pool.waiting.push(line);
    else this.#waiting.push(line);
  }

  /** A line that can go on: of this origin, or of any that waits for the same pool. */
  nextWaiting(): Line | undefined {
    const own = this.running < this.most ? this.#waiting.shift() : undefined;
    if (this.pool === undefined) return own;
    if (own) this.pool.waiting.push(own);
    return this.pool.hasRoom() ? this.pool.waiting.shift() : undefined;
  }
}

export interface Budgets {
  readonly attemptsPerOrigin: number;
  readonly commandsAtOnce: number;
  /** Of one command, by its name. */
  readonly commandConcurrency: (name: string) => number;
}

const COMMAND = 'command:';

/** Origins come into being on first use and leave memory when nothing of theirs waits or runs. */
export class Origins {
  readonly #byName = new Map<string, Origin>();
  readonly #budgets: Budgets;
  readonly #commands: Pool;

  constructor(budgets: Budgets) {
    this.#budgets = budgets;
    this.#commands = new Pool(budgets.commandsAtOnce);
  }

  at(name: string): Origin {
    let origin = this.#byName.get(name);
    if (!origin) {
      const pool = name.startsWith(COMMAND) ? this.#commands : undefined;
      origin = new Origin(name, this.#mostOf(name), pool);
      this.#byName.set(name, origin);
    }
    return origin;
  }

  all(): Iterable<Origin> {
    return this.#byName.values();
  }

  /** Budgets of commands may have changed. */
  refresh(): void {
    for (const origin of this.#byName.values()) {
      if (origin.pool) origin.most = this.#mostOf(origin.name);
    }
  }

  forgetIfIdle(origin: Origin): void {
    if (origin.running === 0 && origin.lines === 0) this.#byName.delete(origin.name);
  }

  #mostOf(name: string): number {
    if (!name.startsWith(COMMAND)) return this.#budgets.attemptsPerOrigin;
    return this.#budgets.commandConcurrency(name.slice(COMMAND.length));
  }
}
