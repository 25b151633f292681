// How fast a target may be sent attempts, learned from its refusals (429, and 503 among successes).
// Free until the first one. That holds the origin for a second; what was accepted until then is the
// first guess, kept by an even pace that grows until it is refused. From then on a refusal is
// watched for a second, and the part that was refused comes off the rate. Without refusals the rate
// grows: quickly up to just below what was refused last, then by small steps. Answers to attempts
// that began before the last change tell of an older rate and change nothing, so the many refusals
// of one flood are one.

import { limits } from '../../limits.ts';

/** What the end of an attempt tells about the rate. */
export interface PaceEnd {
  /** `busy` is a 503: of a target that answers nothing else it tells nothing about a rate. */
  readonly kind: 'accepted' | 'refused' | 'busy' | 'failed';
  /** What the target says it takes, each second. */
  readonly perSecond?: number | undefined;
  /** The target says that it takes no more for this long; more than a moment is not for us. */
  readonly emptyMs?: number | undefined;
  readonly startedAt: number;
}

type Phase =
  | 'free'
  /** After the first refusal: nothing begins, its answers are awaited. */
  | 'hold'
  | 'paced'
  /** There are refusals; how many is being found out. */
  | 'watch'
  /** Everything is refused: one attempt at a time, further and further apart. */
  | 'blocked';

const NEVER = Number.NEGATIVE_INFINITY;
// An attempt that begins late by half a turn, within these bounds, does not put off the next ones.
const LEAST_SLACK_MS = 10;
const MOST_SLACK_MS = 50;
const LOWER = 0.95;
const SECOND_MS = 1_000;
const WATCHED_ANSWERS = 4;
/** Between two small steps up. */
const SLOW_MS = 5_000;
/** Of what a rate allows, the part whose use shows that more is wanted. */
const USED = 0.8;

export class Pace {
  #phase: Phase = 'free';
  #rate = Number.POSITIVE_INFINITY;
  /** The rate that was refused last. */
  #ceiling = Number.POSITIVE_INFINITY;
  /** Attempts under way that began since the last change. */
  #fresh = 0;
  /** Everything was refused: when the latest attempt began. */
  #probedAt = NEVER;
  #latest = NEVER;
  #nextAt = NEVER;
  #holdUntil = NEVER;
  #holdMs: number = limits.paceHoldMs;
  #refusedAt = NEVER;
  /** What began until then tells of an older rate. */
  #changedAt = NEVER;
  #declared: number | undefined;
  /** Since when it is counted, what was counted, and the second before that. */
  #countedAt = NEVER;
  #count: Count = zero();
  #before: Count = zero();
  #steppedAt = NEVER;
  #begunSinceStep = 0;
  #heardSinceStep = 0;

  /** Attempts each second; Infinity: nothing learned. */
  get rate(): number {
    return this.#rate;
  }

  /** Nothing would be lost if it were forgotten. */
  isPlain(now: number): boolean {
    return this.#phase === 'free' && now >= this.#holdUntil;
  }

  /** The instant from which an attempt may begin, if none ends before. */
  opensAt(now: number): number {
    this.#advance(now);
    const isProbing = this.#phase === 'blocked' && this.#fresh > 0;
    const probedUntil = isProbing ? this.#probedAt + limits.paceHoldMostMs : NEVER;
    return Math.max(this.#holdUntil, this.#nextAt, probedUntil);
  }

  begin(now: number): void {
    this.#advance(now);
    if (now > this.#changedAt) this.#fresh++;
    this.#probedAt = now;
    if (this.#phase === 'free') this.#turnSecond(now);
    this.#count.begun++;
    if (this.#phase === 'free') return;
    this.#begunSinceStep++;
    const turnMs = SECOND_MS / this.#rate;
    const slackMs = Math.max(LEAST_SLACK_MS, Math.min(turnMs / 2, MOST_SLACK_MS));
    this.#nextAt = Math.max(this.#nextAt, now - slackMs) + turnMs;
  }

  end({ kind, perSecond, emptyMs, startedAt }: PaceEnd, now: number): void {
    this.#advance(now);
    const isHint = emptyMs !== undefined && emptyMs <= limits.paceHintMs;
    if (isHint && this.#phase === 'free') this.#hold(now + emptyMs);
    if (startedAt <= this.#changedAt) return;
    this.#fresh = Math.max(0, this.#fresh - 1);
    if (kind === 'accepted') this.#accept(startedAt, now);
    else if (kind === 'failed') this.#count.begun--;
    else this.#refuse({ isBusy: kind === 'busy', perSecond }, now);
  }

  #accept(startedAt: number, now: number): void {
    this.#count.accepted++;
    if (startedAt > this.#steppedAt) this.#heardSinceStep++;
    if (this.#phase !== 'blocked') return;
    this.#holdMs = limits.paceHoldMs;
    this.#change('paced', this.#rate, now);
  }

  #refuse(
    { isBusy, perSecond }: { readonly isBusy: boolean; readonly perSecond: number | undefined },
    now: number,
  ): void {
    this.#count.refused++;
    this.#declared = perSecond ?? this.#declared;
    if (this.#phase === 'hold' || this.#phase === 'watch') return;
    if (isBusy && this.#accepted() <= this.#count.refused) return;
    this.#refusedAt = now;
    if (this.#phase === 'blocked') {
      if (this.#ceiling !== Number.POSITIVE_INFINITY) this.#ceiling = this.#rate;
      this.#block(now);
    } else if (this.#phase === 'paced') this.#watch(now);
    else {
      this.#phase = 'hold';
      this.#hold(now + SECOND_MS);
    }
  }

  #accepted(): number {
    return this.#count.accepted + this.#before.accepted;
  }

  #watch(now: number): void {
    this.#phase = 'watch';
    this.#countedAt = now;
    this.#count = { begun: 0, accepted: 0, refused: 1 };
  }

  #hold(until: number): void {
    this.#holdUntil = Math.max(this.#holdUntil, until);
  }

  /** Brings it to the present. */
  #advance(now: number): void {
    if (now < this.#latest) this.#setBack(this.#latest - now);
    this.#latest = now;
    // Nobody may have asked for a long time.
    if (this.#phase === 'hold' && now >= this.#holdUntil) this.#guess(this.#holdUntil);
    else if (this.#phase === 'watch') this.#judge(now);
    else if (this.#phase === 'paced') this.#mayStep(now);
  }

  /** All answers to what was sent before the hold are in; those that are not are thought good. */
  #guess(now: number): void {
    const { begun, accepted, refused } = sum(this.#before, this.#count);
    const taken = Math.max(begun - refused, accepted);
    const seconds = Math.max(1, (this.#refusedAt - this.#countedAt) / SECOND_MS);
    const rate = this.#declared ?? taken / seconds;
    this.#change('paced', rate * LOWER, now);
    if (taken === 0) this.#block(now);
  }

  #judge(now: number): void {
    const { accepted, refused } = this.#count;
    const isEarly = now < this.#countedAt + SECOND_MS || accepted + refused < WATCHED_ANSWERS;
    if (isEarly) return;
    this.#ceiling = this.#rate;
    if (accepted === 0) this.#block(now);
    else this.#change('paced', (this.#rate * LOWER * accepted) / (accepted + refused), now);
    // A window that is used up refuses for its rest, whatever the rate is now.
    this.#changedAt = now + SECOND_MS;
  }

  #block(now: number): void {
    this.#change('blocked', this.#rate / 2, now);
    this.#hold(now + this.#holdMs);
    this.#holdMs = Math.min(this.#holdMs * 2, limits.paceHoldMostMs);
  }

  #change(phase: Phase, rate: number, now: number): void {
    this.#phase = phase;
    this.#rate = Math.max(rate, limits.paceLeast);
    this.#changedAt = now;
    this.#fresh = 0;
    this.#countedAt = now;
    this.#count = zero();
    this.#before = zero();
    this.#startStep(now);
  }

  // Not before something that began since the last step was accepted: a slow target is not outrun.
  #mayStep(now: number): void {
    const isQuick = this.#isForgotten(now) || this.#rate < this.#ceiling * LOWER;
    const afterMs = Math.max(isQuick ? SECOND_MS : SLOW_MS, 2_000 / this.#rate);
    const passedMs = now - this.#steppedAt;
    if (passedMs < afterMs || this.#heardSinceStep === 0) return;
    const isUsed = this.#begunSinceStep >= (USED * this.#rate * passedMs) / SECOND_MS;
    if (isUsed) this.#grow(now);
    this.#startStep(now);
  }

  #grow(now: number): void {
    const part = this.#rate / this.#ceiling;
    const nearly = this.#ceiling * LOWER;
    if (this.#isForgotten(now)) this.#rate *= 2;
    else if (part < 0.5) this.#rate *= 1.5;
    else if (this.#rate < nearly) this.#rate = Math.min(this.#rate * 1.1, nearly);
    else if (part < 1.05) this.#rate *= 1.01;
    else this.#rate *= part < 1.2 ? 1.02 : 1.1;
    if (this.#rate > limits.paceMost) this.#forget();
  }

  #isForgotten(now: number): boolean {
    return now - this.#refusedAt >= limits.paceForgetMs;
  }

  #forget(): void {
    this.#phase = 'free';
    this.#rate = Number.POSITIVE_INFINITY;
    this.#ceiling = Number.POSITIVE_INFINITY;
    this.#nextAt = NEVER;
  }

  #startStep(now: number): void {
    this.#steppedAt = now;
    this.#begunSinceStep = 0;
    this.#heardSinceStep = 0;
  }

  /** The clock was: all that we know moves along, so that nothing waits for lost hours. */
  #setBack(byMs: number): void {
    this.#nextAt -= byMs;
    this.#holdUntil -= byMs;
    this.#refusedAt -= byMs;
    this.#probedAt -= byMs;
    this.#changedAt -= byMs;
    this.#countedAt -= byMs;
    this.#steppedAt -= byMs;
  }

  #turnSecond(now: number): void {
    const passedMs = now - this.#countedAt;
    if (passedMs < SECOND_MS && passedMs >= 0) return;
    this.#before = passedMs < 2 * SECOND_MS && passedMs >= 0 ? this.#count : zero();
    this.#count = zero();
    this.#countedAt = now;
  }
}

interface Count {
  begun: number;
  accepted: number;
  refused: number;
}

function zero(): Count {
  return { begun: 0, accepted: 0, refused: 0 };
}

function sum(one: Count, other: Count): Count {
  return {
    begun: one.begun + other.begun,
    accepted: one.accepted + other.accepted,
    refused: one.refused + other.refused,
  };
}
