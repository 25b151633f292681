// The one source of time, chance and ids. Nothing else may call Date.now(), setTimeout, Math.random
// or randomUUID: a simulation replaces this object and thereby owns everything that is not decided.

import { randomUUIDv7 } from 'node:crypto';

/** Stops a timer or repetition; calling it twice is harmless. */
export type Stop = () => void;

export interface Clock {
  /**
   * The present instant, milliseconds since 1970 UTC. Decides what is due, never how long to sleep.
   */
  now(): number;
  /**
   * Runs `action` after at least `delayMs`, measured by a monotonic clock. Keeps the process alive
   * only if asked to.
   */
  after(delayMs: number, action: () => void, options?: { readonly keepsAlive?: boolean }): Stop;
  /** A number in [0, 1). */
  random(): number;
  /** A fresh UUIDv7, lower case with hyphens. */
  id(): string;
}

// setTimeout fires at once for anything above 2^31-1 ms, so long waits are cut into legal pieces.
const LONGEST_TIMER_MS = 2 ** 30;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, action, options) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const pieceMs = Math.min(leftMs, LONGEST_TIMER_MS);
      const next = leftMs > pieceMs ? () => arm(leftMs - pieceMs) : action;
      timer = setTimeout(next, Math.max(0, pieceMs));
      if (!options?.keepsAlive) timer.unref();
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  id: () => randomUUIDv7(),
};
