// Learns what became of the things that the server has. The newest are followed by event streams,
// as many as leave connections for everything else; the others are asked for in turn, less often
// while nothing changes.

import type { HandOver } from './hand-over.ts';
import { FOLLOW, type Item } from './progress.ts';

const STREAMS = 2;
const ASKED_AT_ONCE = 5;
const PAUSE_LEAST_MS = 1_000;
const PAUSE_MOST_MS = 30_000;

export interface Follow {
  /** Looks soon, and begins anew to look often. */
  look(): void;
  close(): void;
}

export function createFollow({ keep, place, changed }: HandOver): Follow {
  const streams = new Map<string, EventSource>();
  const unstreamed = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pauseMs = PAUSE_LEAST_MS;
  let isLooking = false;
  let isClosed = false;

  const look = async (): Promise<void> => {
    if (isLooking || isClosed) return;
    isLooking = true;
    let isNews = false;
    const items = await keep.next(FOLLOW, STREAMS + ASKED_AT_ONCE).catch(() => []);
    for (const item of items) {
      if (streams.has(item.id) || isClosed) continue;
      if (streams.size < STREAMS && !unstreamed.has(item.id)) stream(item);
      else if (await ask(item)) isNews = true;
    }
    isLooking = false;
    pauseMs = isNews ? PAUSE_LEAST_MS : Math.min(pauseMs * 2, PAUSE_MOST_MS);
    if (items.length) later(isNews ? 0 : pauseMs);
  };

  const later = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(look, ms);
  };

  /** True if there is news of it. */
  const learn = async (item: Item, told: Partial<Item>): Promise<boolean> => {
    const { phase, ...rest } = item;
    const isOver = !/pending|running/.test(told.state ?? '');
    const next = { ...rest, ...told, turn: Date.now(), ...(!isOver && { phase }) } as Item;
    await keep.put(next);
    if (isOver || told.state !== item.state) changed(next);
    return isOver;
  };

  const addressOf = ({ id, ticket }: Item): string =>
    `${place.url}/v1/routes/${place.route}/jobs/${id}?ticket=${ticket}`;

  const ask = async (item: Item): Promise<boolean> => {
    try {
      const response = await fetch(addressOf(item), { credentials: 'omit' });
      const told = await response.json();
      if (response.ok) return await learn(item, told);
      const { status } = response;
      if (status >= 500 || status === 429) return false;
      // The server knows it no longer, so nobody will ever tell.
      const { code, detail } = told;
      return await learn(item, { error: { status, code, detail } });
    } catch {
      return false;
    }
  };

  const stream = (item: Item): void => {
    const source = new EventSource(addressOf(item));
    let known = item;
    streams.set(item.id, source);
    const end = (): void => {
      source.close();
      streams.delete(item.id);
      void look();
    };
    source.onmessage = async ({ data }) => {
      const told = JSON.parse(data);
      if (await learn(known, told)) end();
      else known = { ...known, ...told };
    };
    source.onerror = () => {
      // While the browser connects again by itself there is nothing to do.
      if (source.readyState !== EventSource.CLOSED) return;
      unstreamed.add(item.id);
      end();
    };
  };

  return {
    look() {
      pauseMs = PAUSE_LEAST_MS;
      later(0);
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const source of streams.values()) source.close();
    },
  };
}
