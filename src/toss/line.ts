// Tosses in memory: those that wait for a connection and those that wait for their answer. The line
// is bounded in number and bytes; when it is full the new one is refused, never an older one
// dropped. What waits goes out in later turns, origin by origin in rotation, so that taking a toss
// costs its caller next to nothing and a target that hangs holds back only its own. One origin may
// take only a share of the room.

import type { Clock, Stop } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import { limits as defaults } from '../limits.ts';
import type { Tossed } from '../sendoff.ts';
import { bytesOf, type Toss } from './toss.ts';

export interface LineLimits {
  /** @default limits.tossWaiting */
  readonly waiting: number;
  /** @default limits.tossBytes */
  readonly bytes: number;
  /** Of both, for one origin. @default limits.tossOriginShare */
  readonly originShare: number;
  /** Under way at once. @default limits.attemptsAtOnce */
  readonly atOnce: number;
  /** Under way at once for one origin. @default limits.attemptsPerOrigin */
  readonly perOrigin: number;
}

/** What became of one toss. `dropped`: it was given up before it could end. */
export type TossEnd =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'failed' | 'dropped'; readonly code: string; readonly detail: string };

/** Who wants to know what becomes of one toss. */
export interface TossWatch {
  sent(): void;
  ended(end: TossEnd): void;
  /** Asked before the first byte goes out: then it never does. @default never is */
  isGivenUp?(): boolean;
}

export const GIVEN_UP = 'It was given up before it went out';

/** Ends a toss that is under way. */
export type Cut = (detail: string) => void;

export interface LineOptions {
  readonly clock: Clock;
  readonly limits?: Partial<LineLimits>;
  /** Begins one exchange, which tells `watch` of its one end in a later turn. */
  readonly start: (toss: Toss, watch: TossWatch) => Cut;
}

interface Entry {
  readonly toss: Toss;
  readonly bytes: number;
  readonly watch: TossWatch | undefined;
  readonly queue: OriginQueue;
  next: Entry | undefined;
  cut: Cut | undefined;
}

/** The tosses of one origin: `held` in all, of which `underWay` have been started. */
interface OriginQueue {
  readonly origin: string;
  first: Entry | undefined;
  last: Entry | undefined;
  held: number;
  bytes: number;
  underWay: number;
}

/** More wait for the next turn, so that answers and other work come in between. */
const STARTS_PER_TURN = 32;

export class TossLine {
  readonly #options: LineOptions;
  readonly #limits: LineLimits;
  readonly #queues = new Map<string, OriginQueue>();
  /** Those that have something to start and may start it, next one first. */
  readonly #ready = new Set<OriginQueue>();
  readonly #underWay = new Set<Entry>();
  readonly #counts = { sent: 0, answered: 0, failed: 0, dropped: 0 };
  readonly #empty = Promise.withResolvers<void>();
  readonly #stops: Stop[] = [];
  #held = 0;
  #bytes = 0;
  #isAwake = false;
  #isClosing = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#limits = withDefaults(options.limits ?? {});
  }

  counts(): Tossed {
    return { ...this.#counts, waiting: this.#held };
  }

  /** False when there is no room. @throws SendoffError `stopping` */
  take(toss: Toss, watch?: TossWatch): boolean {
    if (this.#isClosing) {
      throw new SendoffError('stopping', 'This server is stopping', { retryAfterMs: 1_000 });
    }
    const bytes = bytesOf(toss);
    const known = this.#queues.get(toss.origin);
    if (!this.#hasRoom(bytes, known)) {
      this.#counts.dropped++;
      return false;
    }
    const queue = known ?? this.#open(toss.origin);
    this.#append({ toss, bytes, watch, queue, next: undefined, cut: undefined });
    return true;
  }

  /**
   * Takes no more; resolves when all have ended. What has not ended within `drainMs` is dropped. A
   * second call may shorten the time.
   */
  close({ drainMs = defaults.drainMs }: { readonly drainMs?: number } = {}): Promise<void> {
    this.#isClosing = true;
    if (this.#held === 0) this.#settleClose();
    else {
      const cut = (): void => this.#cutAll();
      this.#stops.push(this.#options.clock.after(drainMs, cut, { keepsAlive: true }));
    }
    return this.#empty.promise;
  }

  #hasRoom(bytes: number, queue: OriginQueue | undefined): boolean {
    const { waiting, bytes: mostBytes, originShare } = this.#limits;
    if (this.#held >= waiting || this.#bytes + bytes > mostBytes) return false;
    if (queue === undefined) return bytes <= mostBytes * originShare;
    return queue.held < waiting * originShare && queue.bytes + bytes <= mostBytes * originShare;
  }

  #open(origin: string): OriginQueue {
    const nothing = { first: undefined, last: undefined, held: 0, bytes: 0, underWay: 0 };
    const queue: OriginQueue = { origin, ...nothing };
    this.#queues.set(origin, queue);
    return queue;
  }

  #append(entry: Entry): void {
    const { queue } = entry;
    if (queue.last === undefined) queue.first = entry;
    else queue.last.next = entry;
    queue.last = entry;
    queue.held++;
    queue.bytes += entry.bytes;
    this.#held++;
    this.#bytes += entry.bytes;
    this.#prepare(queue);
  }

  #prepare(queue: OriginQueue): void {
    if (queue.first === undefined || queue.underWay >= this.#limits.perOrigin) return;
    this.#ready.add(queue);
    this.#wake();
  }

  #wake(): void {
    if (this.#isAwake || this.#underWay.size >= this.#limits.atOnce) return;
    this.#isAwake = true;
    setImmediate(() => this.#turn());
  }

  /** A set gives what is added while it is read, at its end: that is the rotation. */
  #turn(): void {
    this.#isAwake = false;
    let started = 0;
    for (const queue of this.#ready) {
      if (this.#underWay.size >= this.#limits.atOnce) return;
      if (++started > STARTS_PER_TURN) break;
      this.#ready.delete(queue);
      this.#start(queue);
      this.#prepare(queue);
    }
    if (this.#ready.size > 0) this.#wake();
  }

  #start(queue: OriginQueue): void {
    const entry = queue.first;
    if (entry === undefined) return;
    queue.first = entry.next;
    if (queue.first === undefined) queue.last = undefined;
    // One that lasts would keep all that came after it in memory.
    entry.next = undefined;
    if (entry.watch?.isGivenUp?.()) {
      this.#end(entry, { kind: 'dropped', code: 'aborted', detail: GIVEN_UP });
      return;
    }
    queue.underWay++;
    this.#underWay.add(entry);
    entry.cut = this.#options.start(entry.toss, {
      sent: () => {
        this.#counts.sent++;
        entry.watch?.sent();
      },
      isGivenUp: () => entry.watch?.isGivenUp?.() ?? false,
      ended: (end) => {
        this.#underWay.delete(entry);
        queue.underWay--;
        this.#end(entry, end);
        this.#prepare(queue);
        if (this.#ready.size > 0) this.#wake();
      },
    });
  }

  #end(entry: Entry, end: TossEnd): void {
    const { queue, bytes, watch } = entry;
    this.#counts[end.kind]++;
    queue.held--;
    queue.bytes -= bytes;
    this.#held--;
    this.#bytes -= bytes;
    if (queue.held === 0) this.#queues.delete(queue.origin);
    watch?.ended(end);
    if (this.#held === 0 && this.#isClosing) this.#settleClose();
  }

  #cutAll(): void {
    const detail = 'It had not ended when this home was closed';
    this.#ready.clear();
    for (const queue of [...this.#queues.values()]) {
      const waiting = queue.first;
      queue.first = undefined;
      queue.last = undefined;
      for (let entry = waiting; entry !== undefined; entry = entry.next) {
        this.#end(entry, { kind: 'dropped', code: 'aborted', detail });
      }
    }
    for (const entry of [...this.#underWay]) entry.cut?.(detail);
  }

  #settleClose(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#empty.resolve();
  }
}

function withDefaults(given: Partial<LineLimits>): LineLimits {
  return {
    waiting: given.waiting ?? defaults.tossWaiting,
    bytes: given.bytes ?? defaults.tossBytes,
    originShare: given.originShare ?? defaults.tossOriginShare,
    atOnce: given.atOnce ?? defaults.attemptsAtOnce,
    perOrigin: given.perOrigin ?? defaults.attemptsPerOrigin,
  };
}
