// What `all` gives back: a promise of all results that can also be iterated, each result as it
// comes. The work begins at once and goes on whoever listens; each iteration sees every result.

import type { GroupResult } from '../group.ts';

/** Tells of one result; `place` is that of its request. */
export type Tell = (place: number, result: GroupResult) => void;

/** The keys in the order of the requests; those of a list are numbers. */
export type Keys = readonly (string | number)[];

/** Every place has been told of once `work` resolves, with the keys. */
export function startRun(
  work: (tell: Tell) => Promise<{ readonly isList: boolean; readonly keys: Keys }>,
): Promise<unknown> & AsyncIterable<GroupResult> {
  const told = new Told();
  const results: GroupResult[] = [];
  const tell: Tell = (place, result) => {
    results[place] = result;
    told.add(result);
  };
  const whole = work(tell)
    .then(({ isList, keys }) => {
      return isList ? results : Object.fromEntries(keys.map((key, place) => [key, results[place]]));
    })
    .finally(() => told.end());
  const iterate = (): AsyncGenerator<GroupResult> => {
    // Whoever iterates hears of a failure there.
    whole.catch(() => {});
    return told.each(whole);
  };
  return Object.assign(whole, { [Symbol.asyncIterator]: iterate });
}

class Told {
  readonly #results: GroupResult[] = [];
  #isOver = false;
  #more: PromiseWithResolvers<void> | undefined;

  add(result: GroupResult): void {
    this.#results.push(result);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *each(whole: Promise<unknown>): AsyncGenerator<GroupResult> {
    for (let at = 0; ; ) {
      const result = this.#results[at];
      if (result !== undefined) {
        at++;
        yield result;
      } else if (this.#isOver) {
        await whole;
        return;
      } else {
        this.#more ??= Promise.withResolvers();
        await this.#more.promise;
      }
    }
  }

  #wake(): void {
    this.#more?.resolve();
    this.#more = undefined;
  }
}
