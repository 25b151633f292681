// Whether a target answers at all. While it does not, nothing begins: a job that waits keeps its
// tries. Now and then one real attempt goes out as a probe; its success lets attempts begin again,
// few at first, twice as many after as many successes. What began before the circuit opened tells
// of the time before, and moves nothing.

import { limits } from '../../limits.ts';

export type CircuitState = 'closed' | 'open' | 'ramp';

/** `neutral`: we ended the attempt ourselves, so it tells nothing of the target. */
export type CircuitResult = 'success' | 'failure' | 'neutral';

const RESULTS_MASK = 2 ** limits.circuitResults - 1;
// A probe comes up to this much later than it might, so that many circuits do not probe at once.
const JITTER = 0.2;

export class Circuit {
  readonly #most: number;
  readonly #random: () => number;
  #state: CircuitState = 'closed';
  #openedAt = Number.NEGATIVE_INFINITY;
  /** What began until then is told apart as stale. */
  #movedAt = Number.NEGATIVE_INFINITY;
  /** Newest results, one bit each, 1: a failure. */
  #results = 0;
  #resultCount = 0;
  #failuresInRow = 0;
  /** Attempts under way, and those of them that tell of an earlier state. */
  #running = 0;
  #stale = 0;
  #probeAt = Number.POSITIVE_INFINITY;
  #delayMs: number = limits.circuitProbeMs;
  /** Attempts that the ramp lets be under way, and what they came to. */
  #step = 0;
  #steppedAt = Number.NEGATIVE_INFINITY;
  #succeeded = 0;
  #failed = 0;

  /** `most`: attempts at once with which the ramp has reached its end. */
  constructor({ most, random }: { readonly most: number; readonly random: () => number }) {
    this.#most = most;
    this.#random = random;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Since when it is open, or was the last time. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** Nothing would be lost if it were forgotten: no failure is on its mind. */
  get isPlain(): boolean {
    return this.#state === 'closed' && this.#results === 0;
  }

  /** The instant from which an attempt may begin; infinite: not before something ends. */
  opensAt(now: number): number {
    if (this.#state === 'open') return this.#nextProbeAt(now);
    const isFull = this.#state === 'ramp' && this.#running - this.#stale >= this.#step;
    return isFull ? this.#nextStepAt(now) : Number.NEGATIVE_INFINITY;
  }

  begin(now: number): void {
    this.#running++;
    if (now <= this.#movedAt) this.#movedAt = now - 1; // The clock was set back.
    // A probe that hangs does not keep the next one from finding out.
    if (this.#state === 'open') this.#probeAt = now + limits.circuitProbeMostMs;
  }

  /** Returns whether by this it opened, or a probe got through. */
  end(result: CircuitResult, startedAt: number, now: number): 'opened' | 'closed' | undefined {
    const before = this.#state;
    this.#running--;
    if (startedAt > this.#movedAt) this.#judge(result, now);
    else this.#stale--;
    this.#stale = Math.max(0, Math.min(this.#stale, this.#running));
    if (before !== 'open' && this.#state === 'open') return 'opened';
    return before === 'open' && this.#state !== 'open' ? 'closed' : undefined;
  }

  /** The trouble may have been ours: the next probe may go out at once. */
  hurry(now: number): void {
    if (this.#state !== 'open') return;
    this.#delayMs = limits.circuitProbeMs;
    this.#probeAt = now;
  }

  #judge(result: CircuitResult, now: number): void {
    if (this.#state === 'open') this.#probed(result, now);
    else if (this.#state === 'ramp') this.#climb(result, now);
    else if (result !== 'neutral') this.#count(result === 'failure', now);
  }

  #count(isFailure: boolean, now: number): void {
    this.#results = ((this.#results << 1) | Number(isFailure)) & RESULTS_MASK;
    this.#resultCount++;
    this.#failuresInRow = isFailure ? this.#failuresInRow + 1 : 0;
    if (!isFailure) return;
    const isHalf =
      this.#resultCount >= limits.circuitResults &&
      bitsOf(this.#results) >= limits.circuitResults / 2;
    if (isHalf || this.#failuresInRow >= limits.circuitFailures) this.#open(now);
  }

  #probed(result: CircuitResult, now: number): void {
    if (result === 'success') this.#leaveOpen(now);
    else if (result === 'failure') this.#waitForProbe(now);
    else this.#probeAt = now;
  }

  // One failure among many successes is no reason to begin anew: a target that fails now and then
  // could never close again. Half as many failures as successes are asked for are one.
  #climb(result: CircuitResult, now: number): void {
    if (result === 'success') this.#succeeded++;
    if (result === 'failure') this.#failed++;
    if (this.#failed > 0 && this.#failed >= this.#step / 2) this.#open(now);
    else if (this.#succeeded >= this.#step && this.#step >= this.#most) this.#close();
    else if (this.#succeeded >= this.#step) this.#ramp(this.#step * 2, now);
  }

  #open(now: number): void {
    this.#state = 'open';
    this.#openedAt = now;
    this.#forgetRunning(now);
    this.#waitForProbe(now);
  }

  #leaveOpen(now: number): void {
    this.#forgetRunning(now);
    this.#ramp(1, now);
  }

  #forgetRunning(now: number): void {
    this.#movedAt = now;
    this.#stale = this.#running;
  }

  // Never further away than it can have been set, wherever the clock was put meanwhile.
  #nextProbeAt(now: number): number {
    const latest = now + limits.circuitProbeMostMs * (1 + JITTER);
    this.#probeAt = Math.min(this.#probeAt, latest);
    return this.#probeAt;
  }

  #waitForProbe(now: number): void {
    this.#probeAt = now + this.#delayMs * (1 + JITTER * this.#random());
    this.#delayMs = Math.min(this.#delayMs * 2, limits.circuitProbeMostMs);
  }

  /** Attempts that run so long without failing are of a target that is slow, not gone. */
  #nextStepAt(now: number): number {
    this.#steppedAt = Math.min(this.#steppedAt, now);
    const at = this.#steppedAt + limits.circuitProbeMostMs;
    if (now < at) return at;
    this.#ramp(this.#step * 2, now);
    return Number.NEGATIVE_INFINITY;
  }

  #ramp(step: number, now: number): void {
    this.#state = 'ramp';
    this.#steppedAt = now;
    this.#step = Math.min(step, this.#most);
    this.#succeeded = 0;
    this.#failed = 0;
  }

  #close(): void {
    this.#state = 'closed';
    this.#delayMs = limits.circuitProbeMs;
    this.#results = 0;
    this.#resultCount = 0;
    this.#failuresInRow = 0;
  }
}

function bitsOf(results: number): number {
  let count = 0;
  for (let left = results; left > 0; left &= left - 1) count++;
  return count;
}
