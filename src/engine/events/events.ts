// Every change is one event. Logs, streams and metrics listen; nothing waits for them. The newest
// events are kept raw in a ring, and become texts only for somebody who listens.

import type { EventType, JobEvent } from '../../job/event.ts';
import { limits } from '../../limits.ts';

/** An event as the engine speaks it: instants are numbers. */
export type RawEvent = { readonly type: EventType; readonly at: number } & {
  readonly [Field in Detail]?: (Field extends Instant ? number : JobEvent[Field]) | undefined;
};

type Instant = 'runAt' | 'until';
type Detail = Exclude<keyof JobEvent, 'id' | 'type' | 'at'>;

export type Listener = (event: JobEvent) => void;

export class Events {
  readonly #boot: string;
  readonly #listeners = new Set<Listener>();
  readonly #observers: ((event: RawEvent) => void)[] = [];
  #ring: (RawEvent | undefined)[] = [];
  #count = 0;
  /** Number of the oldest event in the ring. */
  #oldest = 1;
  #keepUntil = 0;
  #lastAt = 0;

  /** `boot` names this run of the process: event numbers mean nothing in another one. */
  constructor(boot: string) {
    this.#boot = boot;
  }

  /** Hears every event at once, as the engine speaks it; must be quick and never throw. */
  observe(observer: (event: RawEvent) => void): void {
    this.#observers.push(observer);
  }

  emit(event: RawEvent): void {
    for (const observer of this.#observers) observer(event);
    const number = ++this.#count;
    this.#lastAt = event.at;
    if (this.#listeners.size > 0) this.#keepUntil = event.at + limits.eventsKeptMs;
    if (event.at < this.#keepUntil) this.#keep(number, event);
    else this.#forget();
    if (this.#listeners.size === 0) return;
    const text = this.#format(number, event);
    for (const listener of this.#listeners) listener(text);
  }

  subscribe(listener: Listener, since?: string): () => void {
    if (since !== undefined) this.#replay(listener, since);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #keep(number: number, event: RawEvent): void {
    this.#ring[number % limits.events] = event;
    this.#oldest = Math.max(this.#oldest, number - limits.events + 1);
  }

  // Nobody listens and nobody has for a while: nobody can come back for these.
  #forget(): void {
    this.#oldest = this.#count + 1;
    if (this.#ring.length > 0) this.#ring = [];
  }

  #replay(listener: Listener, since: string): void {
    const [boot, number] = splitId(since);
    const isKnown = boot === this.#boot && number <= this.#count;
    if (!isKnown || number + 1 < this.#oldest) listener(this.#reset());
    if (!isKnown) return;
    for (let n = Math.max(this.#oldest, number + 1); n <= this.#count; n++) {
      const event = this.#ring[n % limits.events];
      if (event) listener(this.#format(n, event));
    }
  }

  #reset(): JobEvent {
    const at = new Date(this.#lastAt).toISOString();
    return { id: `${this.#boot}-${this.#count}`, type: 'reset', at };
  }

  #format(number: number, { type, at, ...detail }: RawEvent): JobEvent {
    const event: Record<string, unknown> = {
      id: `${this.#boot}-${number}`,
      type,
      at: new Date(at).toISOString(),
    };
    for (const [name, value] of Object.entries(detail)) {
      if (value !== undefined) event[name] = instants.has(name) ? isoOf(value) : value;
    }
    return event as unknown as JobEvent;
  }
}

const instants: ReadonlySet<string> = new Set<Instant>(['runAt', 'until']);

function isoOf(value: unknown): string {
  return new Date(value as number).toISOString();
}

function splitId(id: string): [boot: string, number: number] {
  const dash = id.lastIndexOf('-');
  const digits = id.slice(dash + 1);
  const isNumber = /^\d{1,15}$/.test(digits);
  return isNumber ? [id.slice(0, dash), Number(digits)] : ['', 0];
}
