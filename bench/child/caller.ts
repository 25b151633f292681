// A program that calls several services at once with `all`, as its users write it.

import { all, open, type Sendoff } from '../../src/index.ts';
import { monotonicMs } from '../monotonic.ts';
import { offer } from './verbs.ts';

export interface Fan {
  readonly urls: readonly string[];
  readonly connections: number;
}

export interface CallerVerbs {
  /** A store or a server, for `kept`. */
  open(where: string): Promise<void>;
  close(): Promise<void>;
  /** Milliseconds until every result is there. */
  direct(fan: Fan): Promise<number>;
  kept(urls: readonly string[]): Promise<number>;
}

let home: Sendoff | undefined;

offer<CallerVerbs>({
  async open(where) {
    home = await open(where);
  },
  async close() {
    await home?.close();
  },
  direct: ({ urls, connections }) => timed(() => all(urls, { concurrency: connections })),
  kept: (urls) => timed(async () => home?.all(urls) ?? []),
});

async function timed(
  work: () => PromiseLike<readonly { readonly ok: boolean }[]>,
): Promise<number> {
  const beganAt = monotonicMs();
  const results = await work();
  const ms = monotonicMs() - beganAt;
  const missing = results.filter(({ ok }) => !ok).length;
  if (missing > 0) throw new Error(`Expected every answer, got none for ${missing}`);
  return ms;
}
