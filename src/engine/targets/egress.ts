// The budget of everything that is sent over HTTP: open, unless our own network is suspected.

import { type Block, Budget } from '../turns/budget.ts';
import { Brake, type Contact, type Reached } from './brake.ts';

export class Egress extends Budget {
  readonly #brake = new Brake();

  constructor() {
    super('egress', 'the network');
  }

  /** Our own network is suspected. */
  get isSuspect(): boolean {
    return this.#brake.since !== undefined;
  }

  // Probes go to one target after another.
  override get takesTurns(): boolean {
    return this.isSuspect;
  }

  override opensAt(now: number): number {
    return this.#brake.opensAt(now);
  }

  override block(now: number): Block | undefined {
    const until = this.#brake.opensAt(now);
    return until > now ? { reason: 'brake', until } : undefined;
  }

  override begin(now: number): void {
    super.begin(now);
    this.#brake.begin(now);
  }

  /** `origins`: all that are known. Returns what began or ended by this. */
  hear(
    reached: Reached,
    origins: () => Iterable<Contact>,
    now: number,
  ): 'suspect' | 'clear' | undefined {
    return this.#brake.end(reached, origins, now);
  }
}
