// The deadlines of one attempt: one in all, one for a connection and one for the first byte if they
// are asked for, and one for silence once the response has begun. Each is one timer of the clock:
// Node keeps a list per length, so that setting and stopping one costs less than half a
// microsecond, and no wheel of our own is worth its code.

import type { Clock, Stop } from '../clock.ts';
import { AttemptError } from './failure.ts';

export interface AttemptLimits {
  readonly timeoutMs: number;
  /** Infinite where the connector's own limit is enough. */
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
}

export class AttemptTimer {
  readonly #clock: Clock;
  readonly #limits: AttemptLimits;
  readonly #expire: (error: AttemptError) => void;
  readonly #stopTotal: Stop;
  #stopSilence: Stop | undefined;
  /** The next byte is awaited; `#isSetting`: and the timer for it is about to be set. */
  #isWaiting = false;
  #isSetting = false;

  constructor(clock: Clock, limits: AttemptLimits, expire: (error: AttemptError) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#expire = expire;
    this.#stopTotal = clock.after(limits.timeoutMs, () => {
      expire(new AttemptError('timeout', `The attempt took longer than ${limits.timeoutMs} ms`));
    });
  }

  /** There is no connection yet. */
  awaitConnection(): void {
    const { connectMs, timeoutMs } = this.#limits;
    if (connectMs >= timeoutMs) return;
    this.#stopSilence = this.#clock.after(connectMs, () => {
      const detail = `No connection within ${connectMs} ms`;
      this.#expire(new AttemptError('connect_timeout', detail));
    });
  }

  /** A piece of the request goes out: from now on the target is asked to begin. */
  awaitFirstByte(): void {
    this.hold();
    const { firstByteMs, timeoutMs } = this.#limits;
    if (firstByteMs >= timeoutMs) return;
    this.#stopSilence = this.#clock.after(firstByteMs, () => {
      const detail = `No response began within ${firstByteMs} ms`;
      this.#expire(new AttemptError('first_byte_timeout', detail));
    });
  }

  /**
   * A piece of the response came, and the next one is awaited. The timer is set only when the
   * present read has been worked off: most responses come in one, and then it never is.
   */
  awaitNextByte(): void {
    this.hold();
    this.#isWaiting = this.#limits.idleMs < this.#limits.timeoutMs;
    if (!this.#isWaiting || this.#isSetting) return;
    this.#isSetting = true;
    queueMicrotask(() => this.#awaitSilence());
  }

  /** Silence is ours, not the target's: only the total deadline runs. */
  hold(): void {
    this.#isWaiting = false;
    this.#stopSilence?.();
    this.#stopSilence = undefined;
  }

  stop(): void {
    this.#stopTotal();
    this.hold();
  }

  #awaitSilence(): void {
    this.#isSetting = false;
    if (!this.#isWaiting) return;
    const { idleMs } = this.#limits;
    this.#stopSilence = this.#clock.after(idleMs, () => {
      const detail = `The response fell silent for ${idleMs} ms`;
      this.#expire(new AttemptError('idle_timeout', detail));
    });
  }
}
