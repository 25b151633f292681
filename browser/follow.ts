// Learns what became of the things that the server has. The first ones are followed by event
// streams, as many as leave connections for everything else; the others are asked for in turn, less
// often while nothing changes.

import type { HandOver } from './hand-over.ts';
import { FOLLOW, type Item } from './progress.ts';

const STREAMS = 2;
const ASKED_AT_ONCE = 5;
const PAUSE_LEAST_MS = 1_000;
const PAUSE_MOST_MS = 30_000;

export class Follow {
  readonly #work: HandOver;
  readonly #streams = new Map<string, EventSource>();
  readonly #unstreamed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pauseMs = PAUSE_LEAST_MS;
  #isLooking = false;
  #isClosed = false;

  constructor(work: HandOver) {
    this.#work = work;
  }

  /** Looks soon, and begins anew to look often. */
  look(): void {
    this.#pauseMs = PAUSE_LEAST_MS;
    this.#later(0);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const source of this.#streams.values()) source.close();
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lookNow(), ms);
  }

  async #lookNow(): Promise<void> {
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    let isNews = false;
    const items = await this.#work.keep.next(FOLLOW, STREAMS + ASKED_AT_ONCE).catch(() => []);
    for (const item of items) {
      const { id } = item;
      if (this.#streams.has(id) || this.#isClosed) continue;
      if (this.#streams.size < STREAMS && !this.#unstreamed.has(id)) this.#stream(item);
      else if (await this.#ask(item)) isNews = true;
    }
    this.#isLooking = false;
    this.#pauseMs = isNews ? PAUSE_LEAST_MS : Math.min(this.#pauseMs * 2, PAUSE_MOST_MS);
    if (items.length) this.#later(isNews ? 0 : this.#pauseMs);
  }

  #stream(item: Item): void {
    const source = new EventSource(this.#addressOf(item));
    let known = item;
    this.#streams.set(item.id, source);
    const end = (): void => {
      source.close();
      this.#streams.delete(item.id);
      this.look();
    };
    source.onmessage = async ({ data }) => {
      const told = JSON.parse(data);
      if (await this.#learn(known, told)) end();
      else known = { ...known, ...told };
    };
    source.onerror = () => {
      // While the browser connects again by itself there is nothing to do.
      if (source.readyState !== EventSource.CLOSED) return;
      this.#unstreamed.add(item.id);
      end();
    };
  }

  /** True if nothing more will come of it. */
  async #ask(item: Item): Promise<boolean> {
    try {
      const response = await fetch(this.#addressOf(item), { credentials: 'omit' });
      const { status } = response;
      const told = await response.json();
      if (response.ok) return await this.#learn(item, told);
      if (status >= 500 || status === 429) return false;
      // The server knows it no longer, so nobody will ever tell.
      return await this.#learn(item, { error: { status, code: told.code, detail: told.detail } });
    } catch {
      return false;
    }
  }

  async #learn({ phase, ...item }: Item, told: Partial<Item>): Promise<boolean> {
    const isOver = !/pending|running/.test(told.state ?? '');
    const next = { ...item, ...told, turn: Date.now(), ...(!isOver && { phase }) } as Item;
    await this.#work.keep.put(next);
    if (isOver || told.state !== item.state) this.#work.changed(next);
    return isOver;
  }

  #addressOf({ id, ticket }: Item): string {
    const { url, route } = this.#work.place;
    return `${url}/v1/routes/${route}/jobs/${id}?ticket=${ticket}`;
  }
}
