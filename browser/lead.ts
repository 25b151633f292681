// What the tab that holds the lock does for all: hand over, wait, hand over again, and follow.

import { Follow } from './follow.ts';
import { type HandOver, handOver } from './hand-over.ts';

const KEPT_MS = 86_400_000;
const WAIT_LEAST_MS = 500;
const WAIT_MOST_MS = 60_000;

export interface Leading {
  /** There is something new, or, with `now`, a reason not to wait for the next try. */
  readonly wake: (now?: boolean) => void;
  /** Resolves after `signal`. */
  readonly done: Promise<void>;
}

export function lead(work: HandOver, signal: AbortSignal): Leading {
  const follow = new Follow(work);
  let isIdle = false;
  let wakeUp: (() => void) | undefined;
  const wake = (now?: boolean): void => {
    if (now || isIdle) wakeUp?.();
    if (now) follow.look();
  };
  const run = async (): Promise<void> => {
    await work.keep.forget(Date.now() - KEPT_MS);
    for (let failures = 0; !signal.aborted; ) {
      const asked = new Promise<void>((resolve) => {
        wakeUp = resolve;
      });
      const wait = await handOver(work).catch(() => Number.NaN);
      isIdle = wait === undefined;
      failures = isIdle ? 0 : failures + 1;
      follow.look();
      const timer = isIdle || setTimeout(wakeUp as () => void, wait || backoff(failures));
      await asked;
      clearTimeout(timer as number);
    }
    follow.close();
  };
  signal.addEventListener('abort', () => wake(true));
  return { wake, done: run() };
}

/** Twice as long each time, half of it by chance, so that browsers do not come back as one. */
function backoff(failures: number): number {
  return Math.min(WAIT_LEAST_MS * 2 ** failures, WAIT_MOST_MS) * (0.5 + Math.random() / 2);
}
