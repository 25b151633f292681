// A page of names out of any number of them, in the order of the store: by code point, which is how
// UTF-8 sorts. What is not on the page is looked at once and not sorted.

export interface FirstNames {
  /** Only those behind this one. */
  readonly after: string;
  readonly count: number;
}

export function firstNames(names: Iterable<string>, { after, count }: FirstNames): string[] {
  const first: string[] = [];
  for (const name of names) {
    if (compare(name, after) <= 0) continue;
    const last = first.at(-1);
    const isFull = first.length === count;
    if (isFull && last !== undefined && compare(name, last) >= 0) continue;
    if (isFull) first.pop();
    first.splice(placeOf(name, first), 0, name);
  }
  return first;
}

function placeOf(name: string, sorted: readonly string[]): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(name, sorted[middle] as string) < 0) to = middle;
    else from = middle + 1;
  }
  return from;
}

function compare(one: string, other: string): number {
  const shared = Math.min(one.length, other.length);
  for (let at = 0; at < shared; at++) {
    const difference = rank(one.charCodeAt(at)) - rank(other.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Surrogates stand for what comes after everything that needs none. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
