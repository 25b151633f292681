// The lines of one queue that may have their turn, in a ring for each level: those whose next job
// is of the same level take turns.

import { LEVELS, type Line } from './line.ts';

export class Rings {
  readonly #rings: readonly Set<Line>[] = Array.from({ length: LEVELS }, () => new Set());
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** At the end of the ring of its level, unless it stands there already. */
  stand(line: Line, level: number): void {
    if (line.ring === level) return;
    this.remove(line);
    line.ring = level;
    this.#rings[level]?.add(line);
    this.#size++;
  }

  remove(line: Line): void {
    if (line.ring === undefined) return;
    this.#rings[line.ring]?.delete(line);
    line.ring = undefined;
    this.#size--;
  }

  /** Takes the next one out. */
  next(end: 'best' | 'lowest'): Line | undefined {
    for (let step = 0; step < LEVELS; step++) {
      const ring = this.#rings[end === 'best' ? step : LEVELS - 1 - step] as Set<Line>;
      if (ring.size === 0) continue;
      const line = ring.values().next().value as Line;
      this.remove(line);
      return line;
    }
    return undefined;
  }
}
