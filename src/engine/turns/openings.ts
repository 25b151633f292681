// Lines that met a closed budget, and how they go on when it opens: because an attempt ended,
// because it was resumed, or because its time has come.

import { Alarms } from './alarms.ts';
import { type Budget, closedOf } from './budget.ts';
import type { Line } from './line.ts';
import type { Queue } from './queue.ts';

export class Openings {
  readonly #alarms = new Alarms<Budget>();
  readonly #enterRing: (queue: Queue, now: number) => void;

  /** `enterRing`: this queue may have its turn now. */
  constructor(enterRing: (queue: Queue, now: number) => void) {
    this.#enterRing = enterRing;
  }

  /** The line waits where it met a closed budget; what it may have kept from others is theirs. */
  block(line: Line, closed: Budget, now: number): void {
    this.#waitAt(line, closed, now);
    for (const budget of line.budgets) if (budget !== closed) this.wake(budget, now);
  }

  /**
   * As many lines go on as there are free places. One that would meet another closed budget waits
   * there from now on, and one whose queue is full needs no place.
   */
  wake(budget: Budget, now: number): void {
    let places = budget.takesTurns ? 1 : budget.most - budget.running;
    while (places > 0 && budget.waiting.size > 0 && budget.isOpen(now)) {
      const line = budget.waiting.shift() as Line;
      if (line.isGone || line.waitsAt !== budget) continue;
      const closed = closedOf(line.budgets, now);
      if (closed && closed !== budget) {
        this.#waitAt(line, closed, now);
        continue;
      }
      line.queue.resume(line);
      this.#enterRing(line.queue, now);
      if (!line.queue.isInRing) continue;
      line.queue.promise(line, budget);
      places--;
    }
    if (budget.waiting.size > 0) this.waitByTime(budget, now);
  }

  /** The queue has no turns for now: places that its lines were woken for are others'. */
  passOn(queue: Queue, now: number): void {
    for (const place of queue.takePromised()) this.wake(place, now);
  }

  /** Wakes it when time alone opens it. */
  waitByTime(budget: Budget, now: number): void {
    const at = budget.opensAt(now);
    if (at > now && at < Number.POSITIVE_INFINITY) this.#alarms.set(budget, at);
  }

  /** The first instant at which something opens by itself. */
  nextAt(): number {
    return this.#alarms.nextAt();
  }

  /** One that may have opened by itself. */
  take(now: number): Budget | undefined {
    return this.#alarms.take(now);
  }

  #waitAt(line: Line, closed: Budget, now: number): void {
    line.waitsAt = closed;
    closed.waiting.push(line);
    this.waitByTime(closed, now);
  }
}
