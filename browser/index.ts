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
   * it hands over after the last page has gone, where the browser has Background Sync.
   * @default none
   */
  readonly worker?: string;
}

/** Opens the outbox of a route; tabs that open the same one share it. */
export async function open({ url, worker, ...rest }: Options): Promise<Outbox> {
  const place = { ...rest, url: url.replace(/\/+$/, '') };
  const name = `sendoff ${place.url} ${place.route}`;
  const outbox = await openOutbox(name, place);
  return worker && navigator.serviceWorker
    ? synced(outbox, worker, { name, key: place.key })
    : outbox;
}

interface SyncManager {
  readonly sync?: { register(tag: string): Promise<void> };
}

/** Asks the browser, after each `send`, to wake the worker when there is a network. */
function synced(
  outbox: Outbox,
  worker: string,
  { name, key }: { readonly name: string; readonly key: string },
): Outbox {
  const ready = navigator.serviceWorker.register(worker).then(
    () => navigator.serviceWorker.ready,
    () => undefined,
  );
  const ask = async (): Promise<void> => {
    const registration = (await ready) as SyncManager | undefined;
    // The tag is all that the worker is told.
    await registration?.sync?.register(`${name} ${key}`).catch(() => {});
  };
  return {
    ...outbox,
    async send(body) {
      const sent = await outbox.send(body);
      void ask();
      return sent;
    },
  };
}
