// A shop whose pages hand orders over: a site that serves the page and the client, a server of its
// own process with a publishable route, and a target behind it that keeps the ledger.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import type { Progress } from '../../browser/progress.ts';
import type { PublishableRoute } from '../../src/job/publishable-route.ts';
import { callJson } from '../support/call.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { freePort } from '../support/free-port.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { startTarget } from '../support/target-server.ts';
import { until } from '../support/until.ts';
import { type BundleName, bundle } from './bundle.ts';
import { startChromium } from './chromium.ts';

const KEY = 'pk_shop_12345678';

/** What the page of the shop has in its global scope: of the client, what the tests use. */
export interface ShopPage {
  open(options: object): Promise<ShopPage['outbox']>;
  outbox: {
    send(body: unknown): Promise<{ readonly id: string; readonly kept: boolean }>;
    done(id: string): Promise<Progress>;
    subscribe(listener: (progress: Progress) => void): () => void;
    list(): Promise<Progress[]>;
    pending(): Promise<number>;
    close(): void;
  };
}

export interface Shop {
  readonly browser: BrowserContext;
  /** Where orders go; not up between `stop` and `start`. */
  readonly url: string;
  /** The ids under which each order has arrived; a second id would be a second job. */
  readonly arrivals: ReadonlyMap<string, ReadonlySet<string>>;
  /** Requests that the target got, tries again after a kill of the server included. */
  readonly tries: () => number;
  /** A tab with the page, and the outbox open in it; `first` runs in it before all else. */
  tab(options?: object, first?: () => void, browser?: BrowserContext): Promise<Page>;
  start(): Promise<void>;
  /** kill -9 */
  stop(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/**
 * Opens one. The tests of a file share a browser, as every shop has an origin, and thereby data, of
 * its own; `closeBrowser` is for their end.
 */
export async function openShop(
  t: TestContext,
  route: Partial<PublishableRoute> = {},
  givenBrowser: () => Promise<BrowserContext> = sharedBrowser,
): Promise<Shop> {
  const folder = makeFolder('shop');
  const arrivals = new Map<string, Set<string>>();
  const target = await startTarget((response, { body, key }) => {
    const order = body.toString();
    arrivals.set(order, (arrivals.get(order) ?? new Set()).add(key));
    response.end(`thanks for ${order}`);
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const site = await startSite(url);
  const config = join(folder, 'config.json');
  const fixed = { key: KEY, url: `${target.url}/order`, origins: [site.origin] };
  const more = { ratePerMinute: 1_000_000, answer: 'body', ...route };
  writeFileSync(config, JSON.stringify({ routes: { order: { ...fixed, ...more } } }));
  const browser = await givenBrowser();
  let server: ServerProcess | undefined;
  const start = async (): Promise<void> => {
    const args = ['--config', config];
    server = await startServer({ store: join(folder, 's.db'), port, args });
  };
  await start();
  t.after(async () => {
    // The first tab is the browser's own.
    for (const page of browser.pages().slice(1)) await page.close();
    await browser.setOffline(false).catch(ignoreClosed);
    await server?.end();
    site.close();
    await target[Symbol.asyncDispose]();
    removeFolder(folder);
  });
  return {
    ...{ url, browser, arrivals, start, tries: () => target.arrivals.length },
    async tab(options = {}, first = () => {}, from = browser) {
      const page = await from.newPage();
      await page.addInitScript(first);
      await page.goto(site.origin);
      await openIn(page, { url, route: 'order', key: KEY, ...options });
      return page;
    },
    async stop() {
      await server?.end();
    },
    signal: (name) => server?.signal(name),
  };
}

/** A test may have closed a browser of its own. */
function ignoreClosed(): void {}

const profile = makeFolder('chromium');
let shared: Promise<BrowserContext> | undefined;

function sharedBrowser(): Promise<BrowserContext> {
  shared ??= startChromium(profile);
  return shared;
}

export async function closeBrowser(): Promise<void> {
  await (await shared)?.close();
  removeFolder(profile);
}

/** Opens the outbox in a page of the shop, also after a reload. */
export async function openIn(page: Page, options: object): Promise<void> {
  await page.waitForFunction(() => 'open' in globalThis && 'isReady' in globalThis);
  await page.evaluate(async (given) => {
    const shop = globalThis as unknown as ShopPage;
    shop.outbox = await shop.open(given);
  }, options);
}

/** Sends orders from a page, all at once; resolves when each is kept. */
export function send(page: Page, orders: readonly string[]): Promise<string[]> {
  return page.evaluate(async (list) => {
    const { outbox } = globalThis as unknown as ShopPage;
    const sent = await Promise.all(list.map((order) => outbox.send(order)));
    return sent.map(({ id }) => id);
  }, orders);
}

/**
 * Waits until all have arrived, and makes sure that each is one job. The server may try a job again
 * that it was killed under, with the same id, so that the target can tell; where none was killed
 * there are no more tries than orders.
 */
export async function arrived(
  shop: Shop,
  expected: readonly string[],
  { isKilled = false }: { readonly isKilled?: boolean } = {},
): Promise<void> {
  await until('all arrive', () => expected.every((order) => shop.arrivals.has(order)), {
    withinMs: 60_000,
  });
  assert.equal(shop.arrivals.size, expected.length);
  const doubled = [...shop.arrivals].filter(([, ids]) => ids.size !== 1);
  assert.deepEqual(doubled, []);
  if (!isKilled) assert.equal(shop.tries(), expected.length);
}

export function orders(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index}`);
}

interface Site {
  readonly origin: string;
  close(): void;
}

const html = `<!doctype html><title>shop</title><script type="module">
  import { open } from '/index.js';
  Object.assign(globalThis, { open, isReady: true });
</script>`;

/** Serves the page, the client, and tickets for the page as a shop's own backend would. */
async function startSite(server: string): Promise<Site> {
  const scripts = new Map<string, Promise<string>>(
    (['index.js', 'worker.js'] as BundleName[]).map((name) => [`/${name}`, bundle(name)]),
  );
  const site = createServer(async ({ url = '' }, response) => {
    const script = scripts.get(url);
    const [, id] = /^\/ticket\?(.+)/.exec(url) ?? [];
    if (script !== undefined) {
      response.setHeader('content-type', 'text/javascript');
      response.end(await script);
    } else if (id !== undefined) {
      const { ticket } = await callJson<{ ticket: string }>(`${server}/v1/routes/order/tickets`, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id }),
      });
      response.end(ticket);
    } else response.setHeader('content-type', 'text/html').end(html);
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const { port } = site.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      site.closeAllConnections();
      site.close();
    },
  };
}
