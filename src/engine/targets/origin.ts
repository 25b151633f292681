// The budget of one origin of targets, and what is learned of it: whether it answers at all, how
// fast and how many at once. It is asked before an attempt begins and hears how each one ended.

import type { WaitReason } from '../../job/job.ts';
import { limits } from '../../limits.ts';
import { type Block, Budget } from '../turns/budget.ts';
import { Circuit, type CircuitState } from './circuit.ts';
import { Crowding } from './crowding.ts';
import type { Heard } from './heard.ts';
import { Pace } from './pace.ts';

export interface OriginParts {
  /** Attempts at once. */
  readonly most: number;
  readonly random: () => number;
}

/** What is learned of an origin. */
export interface Learned {
  readonly circuit: CircuitState;
  /** Attempts each second; infinite: no bound. */
  readonly rate: number;
  /** Attempts at once; infinite: no bound. */
  readonly concurrency: number;
}

export class Origin extends Budget {
  readonly #circuit: Circuit;
  readonly #learnedPace = new Pace();
  readonly #crowding: Crowding;
  /** When it answered and when it could not be reached, for the last time. */
  answeredAt: number = Number.NEGATIVE_INFINITY;
  unreachedAt: number = Number.NEGATIVE_INFINITY;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, parts: OriginParts) {
    super('origin', name);
    this.most = parts.most;
    this.#circuit = new Circuit(parts);
    this.#crowding = new Crowding(parts.most);
  }

  get learned(): Learned {
    return {
      circuit: this.#circuit.state,
      rate: this.#learnedPace.rate,
      concurrency: this.#crowding.limit,
    };
  }

  /** While its circuit is open: when the next probe may begin. */
  probeAt(now: number): number {
    return this.#circuit.opensAt(now);
  }

  override get takesTurns(): boolean {
    const isFree = this.#circuit.state === 'closed' && this.#learnedPace.rate === Infinity;
    return !isFree || super.takesTurns;
  }

  override opensAt(now: number): number {
    if (!this.#crowding.isOpen()) return Number.POSITIVE_INFINITY;
    const learnedAt = Math.max(this.#circuit.opensAt(now), this.#learnedPace.opensAt(now));
    return Math.max(super.opensAt(now), learnedAt);
  }

  override block(now: number): Block | undefined {
    return (
      blockOf('circuit', this.#circuit.opensAt(now), now) ??
      super.block(now) ??
      blockOf('rate', this.#learnedPace.opensAt(now), now) ??
      blockOf('concurrency', this.#crowding.isOpen() ? now : Number.POSITIVE_INFINITY, now)
    );
  }

  override begin(now: number): void {
    super.begin(now);
    this.#circuit.begin(now);
    this.#learnedPace.begin(now);
    this.#crowding.begin(now);
  }

  /** An attempt has ended; what it came to may not be written yet. */
  hear(heard: Heard, startedAt: number, now: number): 'opened' | 'closed' | undefined {
    const { circuit, pace, reached, hint } = heard;
    this.#heardAt = now;
    if (reached === 'answer') this.answeredAt = now;
    if (reached === 'nobody') this.unreachedAt = now;
    const left = hint?.left;
    const emptyMs = left?.requests === 0 ? left.resetMs : undefined;
    const { perSecond } = hint ?? {};
    this.#learnedPace.end({ kind: pace, perSecond, emptyMs, startedAt }, now);
    this.#crowding.end(pace === 'accepted', startedAt, now);
    return this.#circuit.end(circuit, startedAt, now);
  }

  /** It may have been our own trouble that opened its circuit. */
  hurry(now: number): void {
    this.#circuit.hurry(now);
  }

  override isIdle(now: number): boolean {
    return super.isIdle(now) && (this.isPlain(now) || now - this.#heardAt > limits.originKeptMs);
  }

  /** Nothing would be lost if it were forgotten. */
  isPlain(now: number): boolean {
    const isFree = this.#circuit.isPlain && this.#learnedPace.isPlain(now);
    return isFree && this.#crowding.limit === Number.POSITIVE_INFINITY;
  }
}

function blockOf(reason: WaitReason, until: number, now: number): Block | undefined {
  return until > now ? { reason, until } : undefined;
}
