// Waiting for something that another process does: ask again until it is so, or say what never
// came.

import { setTimeout as pause } from 'node:timers/promises';

const ASK_EVERY_MS = 20;

/** The first answer of `probe` that is neither undefined nor false. */
export async function until<Value>(
  what: string,
  probe: () => Promise<Value | undefined | false> | Value | undefined | false,
  { withinMs = 60_000 }: { readonly withinMs?: number } = {},
): Promise<Value> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) {
      throw new Error(`Expected within ${withinMs} ms: ${what}`);
    }
    await pause(ASK_EVERY_MS);
  }
}
