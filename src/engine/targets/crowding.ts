// How many attempts at once a target can use. Slow targets are what this product is for, so being
// slow is no reason to send less, and being slower than before is only a reason to try: with half
// as many at once for a while. If just as much gets done, the other half only stood in line over
// there, and stays here; if less gets done, all is as it was and the next such try is further away.
// Upwards it is the same: more at once stays only if it gets more done. What decides is what gets
// done, never latency, so endpoints that differ cannot be mistaken for crowding.

import { limits } from '../../limits.ts';

/** What a stretch of time showed. */
interface Stretch {
  readonly latencyMs: number;
  /** Attempts under way, on average. */
  readonly atOnce: number;
  readonly perSecond: number;
}

interface Trial {
  readonly from: number;
  readonly perSecond: number;
  readonly isUp: boolean;
}

const STRETCH_MS = 1_000;
const STRETCH_ANSWERS = 30;
/** Suspicious: so many times as slow as when so much less was under way, so many times in a row. */
const SLOWER = 3;
const FEWER = 0.5;
const SLOWER_MS = 500;
const IN_A_ROW = 3;
/** As much gets done; more gets done. */
const AS_MUCH = 0.9;
const MORE = 1.1;
const UP = 1.5;

export class Crowding {
  readonly #most: number;
  #limit = Number.POSITIVE_INFINITY;
  #running = 0;
  #since = Number.NEGATIVE_INFINITY;
  #answers = 0;
  #latencySum = 0;
  /** Attempts under way, by the milliseconds that so many were. */
  #area = 0;
  #areaAt = 0;
  /** The quickest stretch that is remembered. */
  #calm: (Stretch & { readonly at: number }) | undefined;
  #suspicions = 0;
  #trial: Trial | undefined;
  #upAt = Number.NEGATIVE_INFINITY;
  #downAt = Number.NEGATIVE_INFINITY;
  #downDelayMs: number = limits.crowdTrialMs;

  /** `most`: attempts at once that are allowed anyhow. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Attempts at once; Infinity: nothing learned. */
  get limit(): number {
    return this.#limit;
  }

  isOpen(): boolean {
    return this.#running < this.#limit;
  }

  begin(now: number): void {
    this.#measure(now);
    this.#running++;
  }

  /** `isAnswer`: it ended by an answer of the target. */
  end(isAnswer: boolean, startedAt: number, now: number): void {
    this.#measure(now);
    this.#running--;
    if (!isAnswer || now < this.#since) {
      // The clock was set back.
      if (now < this.#since - limits.crowdMemoryMs) this.#startStretch(now);
      return;
    }
    this.#answers++;
    this.#latencySum += Math.max(0, now - startedAt);
    if (this.#since === Number.NEGATIVE_INFINITY) this.#startStretch(now);
    if (this.#answers < STRETCH_ANSWERS) return;
    const latencyMs = this.#latencySum / this.#answers;
    const passedMs = now - this.#since;
    if (passedMs < Math.max(STRETCH_MS, latencyMs)) return;
    const stretch = {
      latencyMs,
      atOnce: this.#area / passedMs,
      perSecond: (this.#answers * 1_000) / passedMs,
    };
    this.#startStretch(now);
    this.#learn(stretch, now);
  }

  #learn(stretch: Stretch, now: number): void {
    if (this.#trial) {
      this.#judge(this.#trial, stretch, now);
      return;
    }
    const isSuspicious = this.#isSuspicious(stretch);
    this.#suspicions = isSuspicious ? this.#suspicions + 1 : 0;
    this.#remember(stretch, now);
    const isUsed = stretch.atOnce >= AS_MUCH * this.#limit;
    if (this.#suspicions >= IN_A_ROW && now >= this.#downAt) {
      this.#try(stretch, { isUp: false, now });
    } else if (isUsed && now >= this.#upAt) this.#try(stretch, { isUp: true, now });
  }

  #isSuspicious({ latencyMs, atOnce }: Stretch): boolean {
    const calm = this.#calm;
    if (!calm || atOnce < limits.crowdSuspect || calm.atOnce > atOnce * FEWER) return false;
    return latencyMs >= calm.latencyMs * SLOWER && latencyMs >= calm.latencyMs + SLOWER_MS;
  }

  #remember(stretch: Stretch, now: number): void {
    const isOld = this.#calm === undefined || now - this.#calm.at > limits.crowdMemoryMs;
    if (isOld || stretch.latencyMs < this.#calm!.latencyMs) this.#calm = { ...stretch, at: now };
  }

  #try(
    { latencyMs, atOnce, perSecond }: Stretch,
    { isUp, now }: { readonly isUp: boolean; readonly now: number },
  ): void {
    this.#trial = { from: this.#limit, perSecond, isUp };
    const limit = isUp ? Math.ceil(this.#limit * UP) : Math.ceil(atOnce * FEWER);
    this.#setLimit(limit);
    // What began before must have ended, and what stands in line over there be gone.
    this.#startStretch(now + 2 * latencyMs);
  }

  #judge({ from, perSecond, isUp }: Trial, stretch: Stretch, now: number): void {
    this.#trial = undefined;
    this.#suspicions = 0;
    const isKept = stretch.perSecond >= perSecond * (isUp ? MORE : AS_MUCH);
    this.#upAt = now + limits.crowdTrialMs;
    // To try more costs nothing. To try less may cost half of what gets done.
    if (isKept) this.#downDelayMs = limits.crowdTrialMs;
    else if (!isUp) this.#downDelayMs = Math.min(this.#downDelayMs * 2, limits.crowdTrialMostMs);
    this.#downAt = now + this.#downDelayMs;
    if (!isKept) this.#limit = from;
  }

  #setLimit(limit: number): void {
    const bounded = Math.max(limit, limits.crowdLeast);
    this.#limit = bounded >= this.#most ? Number.POSITIVE_INFINITY : bounded;
  }

  #measure(now: number): void {
    if (now <= this.#areaAt) return;
    this.#area += this.#running * (now - this.#areaAt);
    this.#areaAt = now;
  }

  #startStretch(at: number): void {
    this.#since = at;
    this.#answers = 0;
    this.#latencySum = 0;
    this.#area = 0;
    this.#areaAt = at;
  }
}
