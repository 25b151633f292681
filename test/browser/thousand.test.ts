// Many orders while everything happens at once: no network, a page that reloads, tabs that crash,
// two tabs, a server that is killed and comes back. Each order arrives, and arrives once.
// `SENDOFF_TEST_WHOLE=1` makes them a thousand.

import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { whyNoChromium } from './chromium.ts';
import { arrived, closeBrowser, openShop, orders, type Shop, send } from './shop.ts';

const skip = whyNoChromium() ?? false;
after(closeBrowser);

const ROUNDS = process.env.SENDOFF_TEST_WHOLE === '1' ? 2 : 1;

/** Each part of the story sends 100 and leaves before all of them are handed over. */
const parts: readonly ((shop: Shop, page: Page, list: readonly string[]) => Promise<void>)[] = [
  async (shop, page, list) => {
    await shop.browser.setOffline(true);
    await send(page, list);
    await shop.browser.setOffline(false);
  },
  async (_, page, list) => {
    await send(page, list);
    await page.reload();
  },
  async (_, page, list) => {
    await send(page, list);
    const crashed = page.waitForEvent('crash');
    page.goto('chrome://crash').catch(() => {
      // Nothing answers any more.
    });
    await crashed;
  },
  async (shop, page, list) => {
    await shop.stop();
    await send(page, list);
    await shop.start();
  },
  async (shop, page, list) => {
    const half = list.length / 2;
    const other = await shop.tab();
    await Promise.all([send(page, list.slice(0, half)), send(other, list.slice(half))]);
    await page.close();
  },
];

test(`${ROUNDS * 500} orders arrive once each`, { timeout: 120_000, skip }, async (t) => {
  const shop = await openShop(t);
  const sent: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, part] of parts.entries()) {
      const list = orders(`round ${round} part ${index} order`, 100);
      const page = await shop.tab();
      await part(shop, page, list);
      await page.close();
      sent.push(...list);
    }
  }
  await shop.tab();
  const begun = performance.now();
  await arrived(shop, sent, { isKilled: true });
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  const once = `${shop.arrivals.size} of ${sent.length} orders arrived, each as one job`;
  const again = `${shop.tries() - sent.length} tried again after a kill of the server`;
  t.diagnostic(`${once}; ${again}; all within ${seconds} s of the last disturbance`);
});
