// When most of the network seems gone, it is more likely that we are cut off than that so many
// targets died at once. Then no job should use up its tries on our own trouble: nothing is sent but
// one attempt now and then, to one target after another, until somebody answers.

import { limits } from '../../limits.ts';

/** What the end of an attempt over HTTP tells of the network. */
export type Reached =
  /** Somebody answered, whatever it was. */
  | 'answer'
  /** Nobody was reached: no name, no connection. */
  | 'nobody'
  /** Neither is known. */
  | 'unknown';

/** When an origin answered, and when it could not be reached, for the last time. */
export interface Contact {
  readonly answeredAt: number;
  readonly unreachedAt: number;
}

const NEVER = Number.NEGATIVE_INFINITY;
const BUCKETS = 10;
const BUCKET_MS = limits.brakeMs / BUCKETS;

export class Brake {
  /** Attempts that ended lately, and those that reached nobody, by tenths of `brakeMs`. */
  readonly #ended: number[] = Array(BUCKETS).fill(0);
  readonly #unreached: number[] = Array(BUCKETS).fill(0);
  #bucket = 0;
  /** Since when most attempts reach nobody. */
  #mostSince = Number.POSITIVE_INFINITY;
  /** Since when none reaches anybody, and how many they were. */
  #silentSince = Number.POSITIVE_INFINITY;
  #silentCount = 0;
  #lookedAt = NEVER;
  #since: number | undefined;
  #probeAt = NEVER;
  #clearedAt = NEVER;
  #patienceMs: number = limits.brakeMs;

  /** Since when our own network is suspected. */
  get since(): number | undefined {
    return this.#since;
  }

  /** The instant from which an attempt may begin. */
  opensAt(now: number): number {
    if (this.#since === undefined) return NEVER;
    // The clock may have been set back.
    this.#probeAt = Math.min(this.#probeAt, now + limits.brakeProbeMs);
    return this.#probeAt;
  }

  begin(now: number): void {
    if (this.#since !== undefined) this.#probeAt = now + limits.brakeProbeMs;
  }

  /** `contacts`: of all origins that are known. Returns what began or ended by this. */
  end(
    reached: Reached,
    contacts: () => Iterable<Contact>,
    now: number,
  ): 'suspect' | 'clear' | undefined {
    this.#count(reached, now);
    if (this.#since !== undefined) return reached === 'answer' ? this.#clear(now) : undefined;
    if (reached !== 'nobody' || !this.#isTimeToLook(now)) return undefined;
    this.#lookedAt = now;
    return this.#isCutOff(contacts(), now) ? this.#suspect(now) : undefined;
  }

  #count(reached: Reached, now: number): void {
    this.#turnTo(Math.floor(now / BUCKET_MS));
    const at = this.#bucket % BUCKETS;
    this.#ended[at]! += 1;
    if (reached === 'answer') {
      this.#silentSince = Number.POSITIVE_INFINITY;
      this.#silentCount = 0;
    } else if (reached === 'nobody') {
      this.#unreached[at]! += 1;
      this.#silentSince = Math.min(this.#silentSince, now);
      this.#silentCount++;
    }
    const isMost = sum(this.#unreached) * 2 > sum(this.#ended);
    this.#mostSince = isMost ? Math.min(this.#mostSince, now) : Number.POSITIVE_INFINITY;
  }

  #turnTo(bucket: number): void {
    const steps = Math.abs(bucket - this.#bucket);
    for (let n = 1; n <= Math.min(steps, BUCKETS); n++) {
      this.#ended[(this.#bucket + n) % BUCKETS] = 0;
      this.#unreached[(this.#bucket + n) % BUCKETS] = 0;
    }
    this.#bucket = bucket;
  }

  /** To look at all origins is not for every attempt. */
  #isTimeToLook(now: number): boolean {
    if (now >= this.#lookedAt && now < this.#lookedAt + BUCKET_MS / 2) return false;
    if (sum(this.#ended) < limits.brakeAttempts) return false;
    return this.#isLong(now) || this.#isSilent(now);
  }

  #isLong(now: number): boolean {
    return now - this.#mostSince >= this.#patienceMs;
  }

  #isSilent(now: number): boolean {
    const isFirst = this.#patienceMs === limits.brakeMs;
    const isEnough = this.#silentCount >= limits.brakeAttempts;
    return isFirst && isEnough && now - this.#silentSince >= limits.brakeSilentMs;
  }

  #isCutOff(contacts: Iterable<Contact>, now: number): boolean {
    const from = now - limits.brakeMs;
    let tried = 0;
    let unreached = 0;
    let silent = 0;
    for (const { answeredAt, unreachedAt } of contacts) {
      if (answeredAt >= from || unreachedAt >= from) tried++;
      if (answeredAt < from && unreachedAt >= from) unreached++;
      if (unreachedAt >= this.#silentSince) silent++;
    }
    if (this.#isSilent(now) && silent >= limits.brakeSilentOrigins) return true;
    return this.#isLong(now) && unreached >= limits.brakeOrigins && unreached * 2 >= tried;
  }

  #suspect(now: number): 'suspect' {
    this.#since = now;
    this.#probeAt = now + limits.brakeProbeMs;
    return 'suspect';
  }

  // A suspicion that comes back at once is likely to be wrong: some targets are dead, others not.
  #clear(now: number): 'clear' {
    const wasSoon = (this.#since ?? now) - this.#clearedAt < limits.brakeAgainMs + this.#patienceMs;
    const patienceMs = wasSoon ? this.#patienceMs * 2 : limits.brakeMs;
    this.#patienceMs = Math.min(patienceMs, limits.brakeMostMs);
    this.#clearedAt = now;
    this.#since = undefined;
    this.#mostSince = Number.POSITIVE_INFINITY;
    this.#ended.fill(0);
    this.#unreached.fill(0);
    return 'clear';
  }
}

function sum(counts: readonly number[]): number {
  let all = 0;
  for (const count of counts) all += count;
  return all;
}
