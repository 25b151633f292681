// One outbox per route and browser, shared by every tab that has it open. Whichever tab holds the
// lock hands over and follows for all; the others write to IndexedDB and tell it. When that tab
// goes, crashes or is closed, the browser gives the lock to the next. Two tabs that send the same
// thing would do no harm either: its id makes them one.

import type { Place } from './hand-over.ts';
import { type Keep, openKeep } from './keep.ts';
import { type Leading, lead } from './lead.ts';
import { type Item, type Progress, progressOf, SEND } from './progress.ts';

/** A body as `fetch` takes it (but no stream), or `{ json }`; by itself, or with an id of yours. */
export type Sendable =
  | Exclude<BodyInit, ReadableStream>
  | { readonly json: unknown; readonly id?: string };

/** What `send` came to. */
export interface Sent {
  readonly id: string;
  /**
   * True: it is on disk in this browser, and will go out whatever happens to the page. False: this
   * browser keeps nothing, and the server has it already, or has refused it.
   */
  readonly kept: boolean;
}

export interface Outbox {
  /**
   * Resolves once it is kept. Sending the same `id` again is harmless: the first stays.
   *
   * @throws DOMException `QuotaExceededError` when the browser has no room
   */
  send(body: Sendable): Promise<Sent>;
  /** Resolves when nothing more will become of it; rejects when there is no such thing here. */
  done(id: string): Promise<Progress>;
  /** Told of every change, made in this tab or another; the returned function ends it. */
  subscribe(listener: (progress: Progress) => void): () => void;
  /** Everything that is known, oldest first: what ended is forgotten after a day. */
  list(): Promise<Progress[]>;
  /** How many things the server does not have yet. */
  pending(): Promise<number>;
  /** Lets go of it in this tab; what is kept stays. */
  close(): void;
}

interface Message {
  readonly item?: Item;
  /** Do not wait for the time of the next try. */
  readonly now?: boolean;
}

/** @param sent is called after each `send` */
export async function openOutbox(name: string, place: Place, sent: () => void): Promise<Outbox> {
  const keep = await openKeep(name);
  return new Box(keep, { name, place, sent });
}

interface BoxOptions {
  readonly name: string;
  readonly place: Place;
  readonly sent: () => void;
}

class Box implements Outbox {
  readonly #keep: Keep;
  readonly #sent: () => void;
  readonly #channel: BroadcastChannel;
  readonly #listeners = new Set<(item: Item) => void>();
  readonly #closing = new AbortController();
  #leading: Leading | undefined;

  constructor(keep: Keep, { name, place, sent }: BoxOptions) {
    const { signal } = this.#closing;
    this.#keep = keep;
    this.#sent = sent;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    const onNow = (): void => {
      if (!document.hidden) this.#tell({ now: true });
    };
    addEventListener('online', onNow, { signal });
    document.addEventListener('visibilitychange', onNow, { signal });
    const onLead = (): Promise<void> => {
      const changed = (item: Item): void => this.#tell({ item });
      this.#leading = lead({ keep, place, changed }, signal);
      return this.#leading.done;
    };
    // Without locks every tab leads, which costs repeats that the server knows as such.
    const isShared = keep.isKept && navigator.locks;
    const led = isShared ? navigator.locks.request(name, { signal }, onLead) : onLead();
    void led.catch(() => {}).then(() => keep.close());
  }

  async send(given: Sendable): Promise<Sent> {
    const item = await itemOf(given);
    const { id } = item;
    // The same thing twice must not undo what is known of the first.
    if (!(await this.#keep.get(id))) await this.#keep.add(item);
    const { body: _, ...rest } = item;
    this.#tell({ item: rest });
    this.#sent();
    const kept = this.#keep.isKept;
    if (!kept) await this.#outcome(id, ({ phase }) => phase !== SEND);
    return { id, kept };
  }

  done(id: string): Promise<Progress> {
    return this.#outcome(id, ({ phase }) => !phase);
  }

  subscribe(listener: (progress: Progress) => void): () => void {
    const heard = (item: Item): void => listener(progressOf(item));
    this.#listeners.add(heard);
    return () => this.#listeners.delete(heard);
  }

  async list(): Promise<Progress[]> {
    const items = await this.#keep.list();
    return items.map(progressOf).sort((a, b) => a.sentAt - b.sentAt);
  }

  pending(): Promise<number> {
    return this.#keep.count(SEND);
  }

  close(): void {
    this.#closing.abort();
    this.#channel.close();
  }

  #tell(message: Message): void {
    this.#hear(message);
    this.#channel.postMessage(message);
  }

  #hear({ item, now }: Message): void {
    if (item) for (const listener of this.#listeners) listener(item);
    this.#leading?.wake(now);
  }

  async #outcome(id: string, isOver: (item: Item) => boolean): Promise<Progress> {
    const { signal } = this.#closing;
    let listener = (_: Item): void => {};
    let onClose = (): void => {};
    const over = new Promise<Item>((resolve, reject) => {
      listener = (item) => {
        if (item.id === id && isOver(item)) resolve(item);
      };
      onClose = () => reject(signal.reason);
      this.#listeners.add(listener);
      signal.addEventListener('abort', onClose);
    });
    try {
      const known = await this.#keep.get(id);
      if (!known) throw new Error(`There is no ${id} here`);
      listener(known);
      return progressOf(await over);
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener('abort', onClose);
    }
  }
}

async function itemOf(body: Sendable): Promise<Item> {
  const isJson = typeof body === 'object' && 'json' in body;
  const { json, id = newId() } = isJson ? body : {};
  const whole = new Response(isJson ? JSON.stringify(json) : (body as BodyInit));
  const type = isJson ? 'application/json' : whole.headers.get('content-type');
  const now = Date.now();
  return {
    ...{ id, state: 'kept', phase: SEND, sentAt: now, turn: now },
    body: await whole.arrayBuffer(),
    ...(type && { type }),
  };
}

/** `randomUUID` is there on secure pages alone. */
function newId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
