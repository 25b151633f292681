import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './monotonic.ts';

const LONGEST_MS = 120_000;
const LOOK_MS = 5;

/** Looks again and again until it is so, or gives up loudly. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = monotonicMs() + LONGEST_MS;
  while (!(await isSo())) {
    if (monotonicMs() > deadline) throw new Error(`Expected ${what} within ${LONGEST_MS} ms`);
    await sleep(LOOK_MS);
  }
}
