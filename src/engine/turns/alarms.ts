// Who is to be looked at again, and when: a heap by instant. An entry that has been overtaken by
// an earlier or later one of the same budget is passed by when its turn comes.

interface Alarm<T> {
  readonly at: number;
  readonly who: T;
}

export class Alarms<T extends { alarmAt: number }> {
  readonly #heap: Alarm<T>[] = [];

  /** The first instant at which somebody is to be looked at; infinite if nobody is. */
  nextAt(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Wakes `who` at this instant, unless it is woken before anyway. */
  set(who: T, at: number): void {
    if (who.alarmAt <= at) return;
    who.alarmAt = at;
    this.#heap.push({ at, who });
    this.#rise(this.#heap.length - 1);
  }

  /** One whose instant has come. */
  take(now: number): T | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.#removeFirst();
      if (first.who.alarmAt !== first.at) continue;
      first.who.alarmAt = Number.POSITIVE_INFINITY;
      return first.who;
    }
    return undefined;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (this.#instant(parent) <= this.#instant(at)) return;
      this.#swap(parent, at);
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = this.#instant(right) < this.#instant(left) ? right : left;
      if (this.#instant(at) <= this.#instant(child)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #instant(index: number): number {
    return this.#heap[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(one: number, other: number): void {
    const first = this.#heap[one] as Alarm<T>;
    this.#heap[one] = this.#heap[other] as Alarm<T>;
    this.#heap[other] = first;
  }
}
