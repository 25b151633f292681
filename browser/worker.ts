// The service worker, for those who want what is kept to go out after the last page has gone: the
// browser wakes it when there is a network (Background Sync; Chromium has it). Serve a copy of the
// bundle from your own site, or import it into a worker that you have.

import { handOver } from './hand-over.ts';
import { openKeep } from './keep.ts';

interface SyncEvent extends Event {
  readonly tag: string;
  waitUntil(promise: Promise<unknown>): void;
}

addEventListener('sync', (event) => {
  const { tag, waitUntil } = event as SyncEvent;
  const [, name, url, route, key] = /^(sendoff (\S+) (\S+)) (\S+)$/.exec(tag) ?? [];
  if (!name || !url || !route || !key) return;
  const drain = (): Promise<void> => handOverAll(name, { url, route, key });
  // A page that is open holds the lock and does it by itself.
  const all = navigator.locks.request(name, { ifAvailable: true }, (lock) => lock && drain());
  waitUntil.call(event, all);
});

/** @throws when something is left, so that the browser wakes us again */
async function handOverAll(
  name: string,
  place: { readonly url: string; readonly route: string; readonly key: string },
): Promise<void> {
  const keep = await openKeep(name);
  const channel = new BroadcastChannel(name);
  try {
    const wait = await handOver({ keep, place, changed: (item) => channel.postMessage({ item }) });
    if (wait !== undefined) throw new Error('Something is left to hand over');
  } finally {
    keep.close();
    channel.close();
  }
}
