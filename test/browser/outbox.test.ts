// The browser client in a real browser: whatever happens to the page, what was sent arrives, once.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { until } from '../support/until.ts';
import { startChromium, whyNoChromium } from './chromium.ts';
import { arrived, closeBrowser, openShop, orders, type ShopPage, send } from './shop.ts';

const skip = whyNoChromium() ?? false;
after(closeBrowser);
const options = { timeout: 120_000, skip };

test('what is sent is kept, handed over and followed to its result', options, async (t) => {
  const shop = await openShop(t);
  const page = await shop.tab();
  const seen = await page.evaluate(async () => {
    const { outbox } = globalThis as unknown as ShopPage;
    const states: string[] = [];
    outbox.subscribe(({ state }) => states.push(state));
    const sent = await outbox.send({ json: { n: 1 } });
    const { sentAt, ...progress } = await outbox.done(sent.id);
    return { sent, progress, states, pending: await outbox.pending() };
  });
  const { id } = seen.sent;
  assert.deepEqual(seen.sent, { id, kept: true });
  const response = { status: 200, body: 'thanks for {"n":1}', truncated: false };
  assert.deepEqual(seen.progress, { id, state: 'succeeded', response });
  assert.deepEqual([seen.states[0], seen.states.at(-1)], ['kept', 'succeeded']);
  assert.equal(seen.pending, 0);
});

test('what is sent offline goes out when the network is back', options, async (t) => {
  const shop = await openShop(t);
  const page = await shop.tab();
  await shop.browser.setOffline(true);
  const sent = orders('offline', 20);
  await send(page, sent);
  const pending = () => page.evaluate(() => (globalThis as unknown as ShopPage).outbox.pending());
  assert.equal(await pending(), 20);
  assert.equal(shop.arrivals.size, 0);
  await shop.browser.setOffline(false);
  await arrived(shop, sent);
  await until('nothing is left', async () => (await pending()) === 0);
});

test('a reload in the middle loses nothing and doubles nothing', options, async (t) => {
  const shop = await openShop(t);
  const page = await shop.tab();
  const sent = orders('reload', 50);
  await send(page, sent);
  await page.close();
  await shop.tab();
  await arrived(shop, sent);
});

test('a tab that crashes leaves its work to the next', options, async (t) => {
  const shop = await openShop(t);
  const page = await shop.tab();
  await shop.browser.setOffline(true);
  const sent = orders('crash', 30);
  await send(page, sent);
  const crashed = page.waitForEvent('crash');
  page.goto('chrome://crash').catch(() => {
    // Nothing answers any more.
  });
  await crashed;
  await page.close();
  await shop.browser.setOffline(false);
  await shop.tab();
  await arrived(shop, sent);
});

test('a browser that is closed and started again goes on', options, async (t) => {
  const profile = makeFolder('profile');
  t.after(() => removeFolder(profile));
  const first = await startChromium(profile);
  t.after(() => first.close());
  const shop = await openShop(t, {}, async () => first);
  const page = await shop.tab();
  await first.setOffline(true);
  const sent = orders('restart', 10);
  const ids = await send(page, sent);
  await first.close();
  const second = await startChromium(profile);
  t.after(() => second.close());
  const next = await shop.tab({}, undefined, second);
  await arrived(shop, sent);
  const last = await next.evaluate(
    (id) => (globalThis as unknown as ShopPage).outbox.done(id),
    ids[0] as string,
  );
  assert.equal(last.state, 'succeeded');
});

test('a server that is killed and comes back gets everything', options, async (t) => {
  const shop = await openShop(t);
  const page = await shop.tab();
  const before = orders('before', 10);
  const [first] = await send(page, before);
  await shop.stop();
  const during = orders('during', 20);
  await send(page, during);
  await shop.start();
  await arrived(shop, [...before, ...during], { isKilled: true });
  const { state } = await page.evaluate(
    (id) => (globalThis as unknown as ShopPage).outbox.done(id),
    first as string,
  );
  assert.equal(state, 'succeeded');
});

test('of two tabs one hands over for both, and both hear of it', options, async (t) => {
  const shop = await openShop(t);
  const [one, two] = [await shop.tab(), await shop.tab()];
  const posts: string[] = [];
  for (const [name, page] of Object.entries({ one, two })) {
    page.on('request', (request) => {
      if (request.method() === 'POST') posts.push(name);
    });
  }
  const sent = orders('two', 20);
  const [first] = await send(two, sent);
  const done = (page: typeof one) =>
    page.evaluate((id) => (globalThis as unknown as ShopPage).outbox.done(id), first as string);
  const heard = [await done(one), await done(two)];
  assert.deepEqual([heard[0]?.state, heard[1]?.state], ['succeeded', 'succeeded']);
  await arrived(shop, sent);
  assert.deepEqual(new Set(posts), new Set(['one']));
  await one.close();
  const later = orders('later', 5);
  await send(two, later);
  await arrived(shop, [...sent, ...later]);
});
