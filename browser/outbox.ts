// One outbox per route and browser, shared by every tab that has it open. Whichever tab holds the
// lock hands over and follows for all; the others write to IndexedDB and tell it. When that tab
// goes, crashes or is closed, the browser gives the lock to the next. Two tabs that send the same
// thing would do no harm either: its id makes them one.

import { createFollow } from './follow.ts';
import { type HandOver, handOver, type Place } from './hand-over.ts';
import { openKeep } from './keep.ts';
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
   * Resolves once it is kept. Sending the same `id` and body again is harmless.
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

const KEPT_MS = 86_400_000;
const WAIT_LEAST_MS = 500;
const WAIT_MOST_MS = 60_000;

export async function openOutbox(name: string, place: Place): Promise<Outbox> {
  const keep = await openKeep(name);
  const channel = new BroadcastChannel(name);
  const listeners = new Set<(item: Item) => void>();
  const closing = new AbortController();
  const hear = ({ item, now }: Message): void => {
    if (item) for (const listener of listeners) listener(item);
    lead?.(now);
  };
  const tell = (message: Message): void => {
    hear(message);
    channel.postMessage(message);
  };
  const work: HandOver = { keep, place, changed: (item) => tell({ item }) };
  let lead: ((now?: boolean) => void) | undefined;

  const onLead = (): Promise<void> => {
    const leading = leadFor(work, closing.signal);
    lead = leading.wake;
    return leading.done;
  };
  const onNow = (): void => {
    if (document.visibilityState === 'visible') tell({ now: true });
  };
  channel.onmessage = ({ data }) => hear(data);
  addEventListener('online', onNow);
  document.addEventListener('visibilitychange', onNow);
  // Without the lock every tab leads, which costs repeats that the server knows as such.
  void (keep.isKept && navigator.locks
    ? navigator.locks.request(name, { signal: closing.signal }, onLead).catch(() => {})
    : onLead());

  const outcome = async (id: string, isOver: (item: Item) => boolean): Promise<Progress> => {
    const { promise, resolve, reject } = Promise.withResolvers<Item>();
    const listener = (item: Item): void => {
      if (item.id === id && isOver(item)) resolve(item);
    };
    listeners.add(listener);
    closing.signal.addEventListener('abort', () => reject(closing.signal.reason));
    try {
      const known = await keep.get(id);
      if (!known) throw new Error(`There is no ${id} here`);
      listener(known);
      return progressOf(await promise);
    } finally {
      listeners.delete(listener);
    }
  };

  return {
    async send(body) {
      const item = await itemOf(body);
      // The same thing twice must not undo what is known of the first.
      if (!(await keep.get(item.id))) await keep.add(item);
      tell({ item });
      if (!keep.isKept) await outcome(item.id, ({ phase }) => phase !== SEND);
      return { id: item.id, kept: keep.isKept };
    },
    done: (id) => outcome(id, ({ phase }) => !phase),
    subscribe(listener) {
      const heard = (item: Item): void => listener(progressOf(item));
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    list: async () => {
      const items = await keep.list();
      return items.map(progressOf).sort((a, b) => a.sentAt - b.sentAt);
    },
    pending: () => keep.count(SEND),
    close() {
      closing.abort();
      removeEventListener('online', onNow);
      document.removeEventListener('visibilitychange', onNow);
      channel.close();
    },
  };
}

interface Leading {
  /** There is something new, or, with `now`, a reason to try at once. */
  readonly wake: (now?: boolean) => void;
  readonly done: Promise<void>;
}

function leadFor(work: HandOver, signal: AbortSignal): Leading {
  const follow = createFollow(work);
  let wakeUp: (() => void) | undefined;
  let isIdle = false;
  const wake = (now?: boolean): void => {
    if (now || isIdle) wakeUp?.();
    if (now) follow.look();
  };
  signal.addEventListener('abort', () => wake(true));
  const run = async (): Promise<void> => {
    await work.keep.forget(Date.now() - KEPT_MS);
    follow.look();
    for (let failures = 0; !signal.aborted; ) {
      const asked = Promise.withResolvers<void>();
      wakeUp = asked.resolve;
      const wait = await handOver(work).catch(() => Number.NaN);
      isIdle = wait === undefined;
      failures = isIdle ? 0 : failures + 1;
      follow.look();
      const timer = isIdle ? undefined : setTimeout(asked.resolve, wait || backoff(failures));
      await asked.promise;
      clearTimeout(timer);
    }
    follow.close();
    work.keep.close();
  };
  return { wake, done: run() };
}

/** Twice as long each time, half of it by chance, so that browsers do not come back as one. */
function backoff(failures: number): number {
  return Math.min(WAIT_LEAST_MS * 2 ** failures, WAIT_MOST_MS) * (0.5 + Math.random() / 2);
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
