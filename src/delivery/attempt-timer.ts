// The deadlines of one attempt: one in all, one for the first byte if it is asked for, and one for silence
// once the response has begun. Each is one timer of the clock: Node keeps a list per length, so that setting
// and stopping one costs less than half a microsecond, and no wheel of our own is worth its code.

import type { Clock, Stop } from '../clock.ts';
import { AttemptError } from './failure.ts';

export interface AttemptLimits {
  readonly timeoutMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
}

export class AttemptTimer {
  readonly #clock: Clock;
  readonly #limits: AttemptLimits;
  readonly #expire: (error: AttemptError) => void;
  readonly #stopTotal: Stop;
  #stopSilence: Stop | undefined;

  constructor(clock: Clock, limits: AttemptLimits, expire: (error: AttemptError) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#expire = expire;
    this.#stopTotal = clock.after(limits.timeoutMs, () => {
      expire(new AttemptError('timeout', `The attempt took longer than ${limits.timeoutMs} ms`));
    });
  }

  /** The request goes out: from now on the target is asked to begin. */
  awaitFirstByte(): void {
    const { firstByteMs } = this.#limits;
    if (firstByteMs >= this.#limits.timeoutMs) return;
    this.#listen(firstByteMs, () => {
      return new AttemptError('first_byte_timeout', `No response began within ${firstByteMs} ms`);
    });
  }

  /** A piece of the response came, and the next one is awaited. */
  awaitNextByte(): void {
    const { idleMs } = this.#limits;
    this.hold();
    if (idleMs >= this.#limits.timeoutMs) return;
    this.#listen(idleMs, () => {
      return new AttemptError('idle_timeout', `The response fell silent for ${idleMs} ms`);
    });
  }

  /** Silence is ours, not the target's: only the total deadline runs. */
  hold(): void {
    this.#stopSilence?.();
    this.#stopSilence = undefined;
  }

  stop(): void {
    this.#stopTotal();
    this.hold();
  }

  #listen(delayMs: number, reason: () => AttemptError): void {
    this.#stopSilence = this.#clock.after(delayMs, () => this.#expire(reason()));
  }
}
