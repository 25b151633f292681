// What the browser client does when the server says no, for now or for good, and in browsers that
// have less.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { until } from '../support/until.ts';
import { whyNoChromium } from './chromium.ts';
import { arrived, closeBrowser, openShop, orders, type ShopPage, send } from './shop.ts';

const skip = whyNoChromium() ?? false;
after(closeBrowser);
const options = { timeout: 120_000, skip };

function sendAndWait(page: Page, body: unknown): Promise<Record<string, unknown>> {
  return page.evaluate(async (given) => {
    const { outbox } = globalThis as unknown as ShopPage;
    const { id } = await outbox.send(given);
    return { ...(await outbox.done(id)), pending: await outbox.pending() };
  }, body);
}

test('what the server will never take ends with its reason', options, async (t) => {
  const schema = { type: 'object', properties: { n: { type: 'integer' } } };
  const shop = await openShop(t, { schema });
  const page = await shop.tab();
  const refused = await sendAndWait(page, { json: { n: 'one' } });
  assert.deepEqual([refused.state, refused.pending], ['refused', 0]);
  const { status, code } = refused.error as { status: number; code: string };
  assert.deepEqual([status, code], [422, 'schema_violation']);
  assert.equal((await sendAndWait(page, { json: { n: 1 } })).state, 'succeeded');
  const wrong = await shop.tab({ key: 'pk_another_key' });
  await page.close();
  const { error } = await sendAndWait(wrong, { json: { n: 2 } });
  assert.equal((error as { code: string }).code, 'unauthorized');
});

test('after 429 and 503 it waits as long as it is told', options, async (t) => {
  const shop = await openShop(t);
  const page = await shop.tab();
  const tries: number[] = [];
  await page.route('**/v1/routes/order', (route) => {
    if (route.request().method() === 'OPTIONS') return route.fallback();
    tries.push(performance.now());
    if (tries.length > 2) return route.fallback();
    const headers = {
      ...{ 'retry-after': '2', 'access-control-allow-origin': '*' },
      'access-control-expose-headers': 'retry-after',
    };
    const json = { code: tries.length === 1 ? 'rate_limited' : 'busy' };
    return route.fulfill({ status: tries.length === 1 ? 429 : 503, headers, json });
  });
  assert.equal((await sendAndWait(page, 'patient')).state, 'succeeded');
  const [first = 0, second = 0, third = 0] = tries;
  assert.ok(second - first > 1_900 && third - second > 1_900, String(tries));
});

test('an answer of somebody in between is none of the server’s', options, async (t) => {
  const shop = await openShop(t);
  const page = await shop.tab();
  const answers = [
    { status: 200, body: '<h1>Log in to this network</h1>' },
    { status: 403, body: '<h1>Blocked</h1>' },
  ];
  await page.route('**/v1/routes/order', (route) => {
    const headers = { 'access-control-allow-origin': '*' };
    const answer = answers.shift();
    return answer === undefined ? route.fallback() : route.fulfill({ ...answer, headers });
  });
  assert.equal((await sendAndWait(page, 'captive')).state, 'succeeded');
  await arrived(shop, ['captive']);
});

test('without IndexedDB it sends at once and says that nothing is kept', options, async (t) => {
  const shop = await openShop(t);
  const page = await shop.tab({}, () => {
    Object.defineProperty(globalThis, 'indexedDB', { value: undefined });
  });
  const sent = await page.evaluate(() => {
    return (globalThis as unknown as ShopPage).outbox.send('not kept');
  });
  assert.equal(sent.kept, false);
  await arrived(shop, ['not kept']);
});

test('a page that closes while it sends is outlived by what it sends', options, async (t) => {
  const shop = await openShop(t);
  const page = await shop.tab();
  // Of the same site, without an outbox.
  const other = await shop.browser.newPage();
  await other.goto(page.url());
  const asked = page.waitForRequest((request) => request.url().endsWith('/order'));
  // A server that is slow to answer the preflight: the body goes out when the page has gone.
  shop.signal('SIGSTOP');
  await send(page, ['outlives']);
  await asked;
  await page.close();
  await other.evaluate(async (name) => {
    const { locks } = navigator as unknown as { locks: { request(...of: unknown[]): unknown } };
    // Free once the page has really gone.
    await locks.request(name, () => {});
  }, `sendoff ${shop.url} order`);
  shop.signal('SIGCONT');
  await arrived(shop, ['outlives']);
});

test('a body above 64 KiB goes out, too', options, async (t) => {
  const shop = await openShop(t, { bodyBytes: 1_000_000 });
  const page = await shop.tab();
  const large = orders('large', 4).map((order) => order.padEnd(300_000, '.'));
  await send(page, large);
  await arrived(shop, large);
});

test('where the route needs tickets, the page’s own server is asked', options, async (t) => {
  const shop = await openShop(t, { tickets: true });
  const page = await shop.tab();
  const codes = await page.evaluate(async (url) => {
    const shop = globalThis as unknown as ShopPage;
    const place = { url, route: 'order', key: 'pk_shop_12345678' };
    const none = await shop.outbox.done((await shop.outbox.send('without')).id);
    shop.outbox.close();
    let asked = 0;
    const ticket = async (id: string) =>
      asked++ === 0 ? 'no ticket at all' : (await fetch(`/ticket?${id}`)).text();
    const outbox = await shop.open({ ...place, ticket, worker: '/worker.js' });
    const some = await outbox.done((await outbox.send('with')).id);
    // A worker has no tickets, so that all it handed over would be refused.
    const { serviceWorker } = navigator as unknown as {
      serviceWorker: { getRegistrations(): Promise<unknown[]> };
    };
    const workers = await serviceWorker.getRegistrations();
    return [none.error?.code, some.state, workers.length];
  }, shop.url);
  assert.deepEqual(codes, ['ticket_needed', 'succeeded', 0]);
});

test('a service worker hands over when the last page has gone', options, async (t) => {
  const shop = await openShop(t);
  const page = await shop.tab({ worker: '/worker.js' });
  const origin = new URL(page.url()).origin;
  await page.evaluate(async () => {
    const { serviceWorker } = navigator as unknown as { serviceWorker: { ready: Promise<void> } };
    await serviceWorker.ready;
  });
  await shop.stop();
  const sent = orders('worker', 5);
  await send(page, sent);
  await page.goto('about:blank');
  await shop.start();
  const session = await shop.browser.newCDPSession(page);
  let registrationId = '';
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    registrationId = registrations[0]?.registrationId ?? registrationId;
  });
  await session.send('ServiceWorker.enable');
  await until('the registration is known', () => registrationId !== '');
  const tag = `sendoff ${shop.url} order pk_shop_12345678`;
  // As the browser does by itself when it finds a network.
  const sync = { origin, registrationId, tag, lastChance: false };
  await session.send('ServiceWorker.dispatchSyncEvent', sync);
  await arrived(shop, sent);
});
