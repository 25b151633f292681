// Who asks for how much, and what each may have when all of them ask for more than there is. Shares
// are those of max-min fairness: whoever asks for less than an equal part gets what it asks for,
// and the others share the rest evenly. What was asked for is looked at again every moment, so that
// a caller who falls silent gives its part back.

import { limits } from '../../limits.ts';

/** Callers that are counted as one: those with one token, those of one door. */
export interface CallerClass {
  readonly name: string;
  /** Taken and not yet stored. */
  jobs: number;
  bytes: number;
  /** Asked for since the last look, refused or not. */
  asked: number;
  /** Jobs asked for per look, smoothed. */
  demand: number;
}

/** How much of what the last looks brought counts against this one. */
const KEPT = 0.5;
/** A demand below this is none: the class is forgotten. */
const NO_DEMAND = 0.01;

export class Shares {
  readonly #classes = new Map<string, CallerClass>();
  #taken = 0;
  #capacity = 0;
  #wasRefused = false;
  /** The part of all room that one class may fill; 1 while there is enough for all. */
  #share = 1;
  #looksAgainAt = 0;

  /** The class of this name, which is made if nobody knew it. */
  of(name: string): CallerClass {
    let found = this.#classes.get(name);
    if (found === undefined) {
      found = { name, jobs: 0, bytes: 0, asked: 0, demand: 0 };
      this.#classes.set(name, found);
    }
    return found;
  }

  shareAt(now: number): number {
    if (now >= this.#looksAgainAt || now < this.#looksAgainAt - limits.shareMs) this.#look(now);
    return this.#share;
  }

  countTaken(jobs: number): void {
    this.#taken += jobs;
  }

  countRefused(): void {
    this.#wasRefused = true;
  }

  #look(now: number): void {
    const isStale = now - this.#looksAgainAt > limits.shareMs;
    this.#looksAgainAt = now + limits.shareMs;
    this.#capacity = isStale ? this.#taken : mixed(this.#capacity, this.#taken);
    this.#taken = 0;
    for (const one of this.#classes.values()) {
      one.demand = isStale ? one.asked : mixed(one.demand, one.asked);
      one.asked = 0;
      if (one.demand < NO_DEMAND && one.jobs === 0) this.#classes.delete(one.name);
    }
    this.#share = this.#wasRefused ? this.#fairShare() : 1;
    this.#wasRefused = false;
  }

  #fairShare(): number {
    if (this.#capacity === 0) return 1;
    const demands = [...this.#classes.values()].map(({ demand }) => demand);
    return Math.min(1, fairLevel(demands, this.#capacity) / this.#capacity);
  }
}

function mixed(before: number, latest: number): number {
  return before * KEPT + latest * (1 - KEPT);
}

/** What nobody may exceed so that all together have no more than `capacity`. */
export function fairLevel(demands: readonly number[], capacity: number): number {
  let left = capacity;
  let asking = demands.length;
  for (const demand of demands.toSorted((a, b) => a - b)) {
    const even = left / asking;
    if (demand > even) return even;
    left -= demand;
    asking--;
  }
  return Number.POSITIVE_INFINITY;
}
