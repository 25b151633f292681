// Hands what is kept over to the server, in turn, until nothing is left or the server cannot take
// it now. The page and the service worker run this same code, never both at once.

import type { Keep } from './keep.ts';
import { FOLLOW, type Item, SEND } from './progress.ts';

/** Where things go. */
export interface Place {
  /** The server, such as `https://jobs.example`. */
  readonly url: string;
  /** Name of a publishable route. */
  readonly route: string;
  /** Its public key. */
  readonly key: string;
  /** For a route that needs tickets: asks your own server for one, for this id. */
  readonly ticket?: (id: string) => Promise<string>;
}

export interface HandOver {
  readonly keep: Keep;
  readonly place: Place;
  /** Told of every item that has changed. */
  readonly changed: (item: Item) => void;
}

/** What is more than a browser's connections to one host waits inside the browser. */
const AT_ONCE = 6;
const ANSWER_MS = 60_000;
/** Browsers let bodies of 64 KiB in all outlive their page; this leaves room for headers. */
const OUTLIVE_BYTES = 60_000;
let outliving = 0;

/**
 * Resolves with undefined when nothing is left, else with how long to wait, milliseconds; NaN: as
 * long as the caller thinks right.
 */
export async function handOver(work: HandOver): Promise<number | undefined> {
  for (;;) {
    const items = await work.keep.next(SEND, AT_ONCE);
    if (!items.length) return undefined;
    const waits = await Promise.all(items.map((item) => handOverOne(work, item)));
    const asked = waits.filter((wait) => wait !== undefined);
    if (asked.length) return asked[0];
  }
}

async function handOverOne(work: HandOver, item: Item): Promise<number | undefined> {
  const { body, type, ...rest } = item;
  const change = async (next: Item): Promise<void> => {
    await work.keep.put(next);
    work.changed(next);
  };
  try {
    const response = await post(work.place, item);
    // What is no JSON of ours comes from something in between, which does not speak for us.
    const told = await response.json().catch(() => ({}));
    if (response.ok && told.ticket) {
      const { state, ticket } = told;
      await change({ ...rest, phase: FOLLOW, turn: Date.now(), state, ticket });
      return undefined;
    }
    const { status } = response;
    // A ticket that is not good may be followed by one that is.
    const isFinal =
      status < 500 &&
      !/4(08|25|29)/.test(`${status}`) &&
      !(work.place.ticket && /^tick/.test(told.code));
    if (told.code && isFinal) {
      const { code, detail } = told;
      const { phase: _, ...ended } = rest;
      await change({ ...ended, state: 'refused', error: { status, code, detail } });
      return undefined;
    }
    // It may be this one alone that cannot be taken: let the others go first.
    await work.keep.put({ ...item, turn: Date.now() });
    return Number(response.headers.get('retry-after') || Number.NaN) * 1_000;
  } catch {
    return Number.NaN;
  }
}

/** @throws when no answer came */
async function post({ url, route, key, ticket }: Place, item: Item): Promise<Response> {
  const { id, body, type } = item;
  const headers = {
    ...{ 'sendoff-publishable-key': key, 'sendoff-id': id },
    ...(type && { 'content-type': type }),
    ...(ticket && { 'sendoff-ticket': await ticket(id) }),
  };
  const bytes = body?.byteLength ?? 0;
  const keepalive = outliving + bytes <= OUTLIVE_BYTES;
  const counted = keepalive ? bytes : 0;
  outliving += counted;
  try {
    return await fetch(`${url}/v1/routes/${route}`, {
      ...{ method: 'POST', headers, body: body ?? null, keepalive, credentials: 'omit' },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } finally {
    outliving -= counted;
  }
}
