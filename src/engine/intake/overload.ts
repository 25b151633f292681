// Counts what is refused, by whose bound it was, and tells when refusing begins and when it is
// over.

import { limits } from '../../limits.ts';
import { later, type Node } from '../node.ts';

interface Episode {
  refused: number;
  latestAt: number;
}

export class Overload {
  readonly #getNode: () => Node;
  readonly #episodes = new Map<string, Episode>();
  readonly #counts = new Map<string, number>();

  constructor(getNode: () => Node) {
    this.#getNode = getNode;
  }

  /** Jobs refused since the start, by scope. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** A body that finds no room is of one job at least. */
  refused(scope: string, wished: number): void {
    const jobs = Math.max(1, wished);
    this.#counts.set(scope, (this.#counts.get(scope) ?? 0) + jobs);
    // Of the disk its own events tell.
    if (scope === 'disk') return;
    const node = this.#getNode();
    const now = node.clock.now();
    const episode = this.#episodes.get(scope);
    if (episode !== undefined) {
      episode.refused += jobs;
      episode.latestAt = now;
      return;
    }
    if (this.#episodes.size === 0) this.#watch();
    this.#episodes.set(scope, { refused: jobs, latestAt: now });
    node.events.emit({ type: 'overload.began', at: now, scope });
  }

  #watch(): void {
    const node = this.#getNode();
    later(node, limits.sleepMs, () => {
      this.#endQuiet(node, node.clock.now());
      if (this.#episodes.size > 0) this.#watch();
    });
  }

  #endQuiet(node: Node, now: number): void {
    for (const [scope, { refused, latestAt }] of this.#episodes) {
      if (now - latestAt < limits.overloadQuietMs) continue;
      this.#episodes.delete(scope);
      node.events.emit({ type: 'overload.ended', at: now, scope, count: refused });
    }
  }
}
