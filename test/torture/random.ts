// Chance that can be repeated: every choice of a run comes from its seed and a name, so that two
// processes make the same choice without asking each other.

import { createHash } from 'node:crypto';

/** From 0 up to, but not including, 1. */
export type Random = () => number;

/** mulberry32, started from any text. */
export function seeded(text: string): Random {
  let state = createHash('sha256').update(text).digest().readUInt32LE();
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number, both ends included. */
export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** Many small ones, few large ones. */
export function skewed(random: Random, least: number, most: number): number {
  return Math.round(least * (most / least) ** random());
}

/** One of the choices, by their weights. */
export function pick<Choice extends string>(
  random: Random,
  weights: Readonly<Record<Choice, number>>,
): Choice {
  const choices = Object.entries<number>(weights) as [Choice, number][];
  let left = random() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [choice, weight] of choices) {
    left -= weight;
    if (left < 0) return choice;
  }
  return choices[0]![0];
}
