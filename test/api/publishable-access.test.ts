// Who may use a publishable route: the listed origins, with the key, at the pace of the route; and
// that they may do nothing else.

import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { call } from '../support/call.ts';
import { until } from '../support/until.ts';
import { KEY, ORIGIN, startPublishable } from './publishable-server.ts';

const ID = '018f0000-0000-4000-8000-00000000000a';
const json = { 'content-type': 'application/json' };

test('no origin, `null` and every other origin are refused, unreadably (Z05)', async (t) => {
  const server = await startPublishable(t, { routes: { order: {} } });
  const others = ['', 'null', 'https://evil.example', 'https://shop.example.evil.example'];
  const near = ['http://shop.example', 'https://shop.example:444', 'https://SHOP.example'];
  for (const origin of [...others, ...near, 'file://', `${ORIGIN}/`]) {
    for (const method of ['POST', 'OPTIONS']) {
      const asks = method === 'OPTIONS' ? { 'access-control-request-method': 'POST' } : {};
      const told = await server.ask('/v1/routes/order', { method, headers: { origin, ...asks } });
      assert.deepEqual([told.status, told.json.code], [403, 'origin_not_allowed'], origin);
      const opened = Object.keys(told.headers).filter((name) => name.startsWith('access-control'));
      assert.deepEqual(opened, []);
    }
  }
  assert.equal(await server.stored(), 0);
});

test('a wrong key, or none, is refused; the key opens nothing else (Z05)', async (t) => {
  const options = { token: 'right' };
  const server = await startPublishable(t, { routes: { order: {}, other: {} }, options });
  for (const key of ['', 'pk_shop_12345679', 'right', KEY.toUpperCase(), KEY.padEnd(4096, 'x')]) {
    const told = await server.ask('/v1/routes/order', {
      method: 'POST',
      headers: { 'sendoff-publishable-key': key },
    });
    assert.deepEqual([told.status, told.json.code], [401, 'unauthorized']);
  }
  const elsewhere = [
    ...['POST /v1/jobs', 'GET /v1/jobs', `GET /v1/jobs/${ID}`, 'GET /v1/events', 'GET /metrics'],
    ...['POST /v1/to?url=https://a.example/', 'POST /v1/routes/order/tickets', 'GET /v1/stats'],
  ];
  for (const line of elsewhere) {
    const [method = '', path = ''] = line.split(' ');
    const page = await server.ask(path, { method });
    assert.deepEqual([page.status, page.json.code], [403, 'cross_site'], line);
    const bare = await server.ask(path, { method, headers: { origin: '' } });
    assert.deepEqual([bare.status, bare.json.code], [401, 'unauthorized'], line);
    const asked = await server.ask(path, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': method },
    });
    assert.deepEqual([asked.status, asked.json.code], [403, 'cross_site'], line);
    assert.equal(asked.headers['access-control-allow-origin'], undefined);
  }
});

test('a preflight says what may be sent, and makes nothing', async (t) => {
  const server = await startPublishable(t, { routes: { order: {} } });
  const told = await server.ask('/v1/routes/order', {
    method: 'OPTIONS',
    headers: {
      'sendoff-publishable-key': '',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,sendoff-id,sendoff-publishable-key',
    },
  });
  assert.equal(told.status, 204);
  assert.equal(told.headers['access-control-allow-origin'], ORIGIN);
  assert.equal(told.headers['access-control-allow-methods'], 'POST');
  assert.match(String(told.headers['access-control-allow-headers']), /sendoff-publishable-key/);
  assert.ok(Number(told.headers['access-control-max-age']) > 0);
  assert.equal(told.headers['access-control-allow-credentials'], undefined);
  assert.equal(await server.stored(), 0);
});

test('one address is held to its rate, whatever it sends', async (t) => {
  const routes = { order: { ratePerMinute: 3 }, other: {} };
  const server = await startPublishable(t, { routes });
  const hand = (route: string, key = KEY) => {
    const headers = { 'sendoff-publishable-key': key };
    return server.ask(`/v1/routes/${route}`, { body: 'x', headers });
  };
  assert.equal((await hand('order', 'pk_wrong_1234')).status, 401);
  assert.equal((await hand('order')).status, 202);
  assert.equal((await hand('order')).status, 202);
  const told = await hand('order');
  assert.deepEqual([told.status, told.json.code], [429, 'rate_limited']);
  assert.ok(Number(told.headers['retry-after']) >= 1);
  assert.equal(told.headers['access-control-allow-origin'], ORIGIN);
  assert.match(String(told.headers['access-control-expose-headers']), /retry-after/);
  assert.equal((await hand('other')).status, 202);
});

test('where tickets are needed, one lets in one job (Z05)', async (t) => {
  const server = await startPublishable(t, { routes: { order: { tickets: true }, open: {} } });
  const mint = async (body?: object): Promise<{ ticket: string; id: string }> => {
    const told = await server.ask('/v1/routes/order/tickets', {
      method: 'POST',
      headers: { origin: '', 'sendoff-publishable-key': '', ...(body && json) },
      ...(body && { body: JSON.stringify(body) }),
    });
    assert.equal(told.status, 200);
    return told.json as unknown as { ticket: string; id: string };
  };
  const hand = async (ticket: string, body = 'x', id = '', name = 'order') => {
    const headers = { 'sendoff-ticket': ticket, 'sendoff-id': id };
    const told = await server.ask(`/v1/routes/${name}`, { body, headers });
    return `${told.status} ${told.json.code ?? told.json.duplicate}`;
  };
  assert.equal(await hand(''), '403 ticket_needed');
  const { ticket, id } = await mint();
  const [, expires, signature] = ticket.split('.');
  const forged = [
    ...['junk', '..', `${id}..${signature}`, `${ID}.${expires}.${signature}`],
    `${id}.${Number(expires) + 1}.${signature}`,
    `${ticket}.`,
  ];
  for (const each of forged) assert.equal(await hand(each), '403 ticket_invalid', each);
  assert.equal(await hand(ticket, 'x', ID), '403 ticket_invalid');
  assert.equal(await hand(ticket), '202 false');
  assert.equal(await hand(ticket), '202 true');
  assert.equal(await hand(ticket, 'other'), '422 idempotency_mismatch');
  assert.equal((await mint({ id: ID })).id, ID);
  assert.equal(await server.stored(), 1);
  const none = await server.ask('/v1/routes/open/tickets', {
    method: 'POST',
    headers: { origin: '' },
  });
  assert.equal(none.status, 404);
});

test('a public listener serves publishable routes and nothing else', async (t) => {
  const options = { listenPublic: ['0.0.0.0:0'], token: 'right' };
  const server = await startPublishable(t, { routes: { order: { tickets: true } }, options });
  const url = server.publicUrls[0]?.replace('0.0.0.0', '127.0.0.1') as string;
  assert.equal((await call(`${url}/healthz`)).status, 200);
  const authorization = 'Bearer right';
  const paths = ['/', '/v1/jobs', '/v1/to?url=https://a.example/', '/metrics', '/readyz'];
  for (const path of [...paths, '/v1/stats', '/v1/routes/order/tickets', '/v1/routes/none']) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const told = await server.ask(`${url}${path}`, { method, headers: { authorization } });
      assert.equal(told.status, 404, `${method} ${path}`);
    }
  }
  const told = await server.ask(`${url}/v1/routes/order`, { body: 'x' });
  assert.equal(told.json.code, 'ticket_needed');
  assert.equal(
    (await server.ask(`${url}/v1/jobs`, { headers: { host: 'evil.example' } })).status,
    421,
  );
});

test('a page of the server’s own origin may look without naming it', async (t) => {
  const server = await startPublishable(t, { routes: { order: {} } });
  server.declare({ order: { origins: [server.url] } });
  const { json: job } = await server.ask('/v1/routes/order', {
    body: 'x',
    headers: { origin: server.url },
  });
  const path = `/v1/routes/order/jobs/${job.id}?ticket=${job.ticket}`;
  const look = async (site: string) =>
    (await server.ask(path, { headers: { origin: '', 'sec-fetch-site': site } })).status;
  assert.equal(await look('same-origin'), 200);
  for (const site of ['cross-site', 'same-site', 'none', '']) assert.equal(await look(site), 403);
  server.declare({ order: {} });
  assert.equal(await look('same-origin'), 403);
});

test('one address has so many streams and no more, until it ends some', async (t) => {
  const respond = () => {};
  const server = await startPublishable(t, { routes: { order: {} }, respond });
  const { json: job } = await server.ask('/v1/routes/order', { body: 'x' });
  const url = `${server.url}/v1/routes/order/jobs/${job.id}?ticket=${job.ticket}`;
  const headers = { origin: ORIGIN, accept: 'text/event-stream' };
  const opened: IncomingMessage[] = [];
  const open = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request(url, { headers, agent: false }, (response) => {
        opened.push(response);
        response.on('error', () => {});
        resolve(response.statusCode);
      });
      sent.on('error', reject).end();
    });
  t.after(() => {
    for (const response of opened) response.destroy();
  });
  for (let n = 0; n < limits.routeStreamsPerAddress; n++) assert.equal(await open(), 200);
  assert.equal(await open(), 503);
  for (const response of opened.splice(0)) response.destroy();
  await until('one is free again', async () => (await open()) === 200);
});
