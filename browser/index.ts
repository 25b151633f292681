// `sendoff/browser`: what a page sends is kept in the browser until the server has it. Closing the
// page, a crash, a reload or no network lose nothing, and no repeat becomes a second job.

import { type Outbox, openOutbox } from './outbox.ts';

export type { Outbox, Sendable, Sent } from './outbox.ts';
export type { Answer, Progress, Refusal, State } from './progress.ts';

export interface Options {
  /** The server, such as `https://jobs.example`. */
  readonly url: string;
  /** Name of a publishable route. */
  readonly route: string;
  /** Its public key. */
  readonly key: string;
  /** For a route that needs tickets: asks your own server for one, for this id. */
  readonly ticket?: (id: string) => Promise<string>;
  /**
   * Address of the service worker script on your own site, a copy of `sendoff/browser/worker.js`:
   * it hands over after the last page has gone, where the browser has Background Sync. Not used
   * beside `ticket`, which only a page can ask for.
   * @default none
   */
  readonly worker?: string;
}

/** Opens the outbox of a route; tabs that open the same one share it. */
export function open({ url, worker, ...rest }: Options): Promise<Outbox> {
  const place = { ...rest, url: url.replace(/\/+$/, '') };
  const name = `sendoff ${place.url} ${place.route}`;
  const container = navigator.serviceWorker;
  // Tickets are the page's to ask for.
  if (!worker || !container || place.ticket) return openOutbox(name, place, () => {});
  const ready = container.register(worker).then(() => container.ready);
  // The browser wakes the worker when there is a network; the tag is all that it is told.
  const sync = async (): Promise<unknown> =>
    ((await ready) as Syncing).sync?.register(`${name} ${place.key}`);
  return openOutbox(name, place, () => void sync().catch(() => {}));
}

interface Syncing {
  readonly sync?: { register(tag: string): Promise<void> };
}
