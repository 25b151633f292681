// The budget that all jobs of one origin share, whatever queues they wait in.

import { Fifo } from './fifo.ts';
import type { Line } from './queue.ts';

export class Origin {
  readonly name: string;
  readonly most: number;
  /** Attempts under way. */
  running = 0;
  /** Lines that hold jobs for this origin. */
  lines = 0;
  /** Lines that met the full budget, in the order in which they did. */
  readonly waiting: Fifo<Line> = new Fifo();

  constructor(name: string, most: number) {
    this.name = name;
    this.most = most;
  }

  hasRoom(): boolean {
    return this.running < this.most;
  }
}

/** Origins come into being on first use and leave memory when nothing of theirs waits or runs. */
export class Origins {
  readonly #byName = new Map<string, Origin>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  at(name: string): Origin {
    let origin = this.#byName.get(name);
    if (!origin) {
      origin = new Origin(name, this.#most);
      this.#byName.set(name, origin);
    }
    return origin;
  }

  all(): Iterable<Origin> {
    return this.#byName.values();
  }

  forgetIfIdle(origin: Origin): void {
    if (origin.running === 0 && origin.lines === 0) this.#byName.delete(origin.name);
  }
}
