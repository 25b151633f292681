// What a page with a publishable key may hand over, and what it learns of it.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { ORIGIN, startPublishable } from './publishable-server.ts';

const ID = '018f0000-0000-4000-8000-00000000000a';
const json = { 'content-type': 'application/json' };

test('a page hands over a body; target, method and headers are the operator’s', async (t) => {
  const headers = { authorization: 'Bearer secret', 'x-from': 'page' };
  const server = await startPublishable(t, { routes: { order: { method: 'PUT', headers } } });
  const body = '{ "n": 1 }';
  const sent = await server.ask('/v1/routes/order', {
    body,
    headers: { ...json, 'sendoff-id': ID, 'x-from': 'me', cookie: 'session=1', accept: 'x/y' },
  });
  assert.deepEqual([sent.status, sent.json.id, sent.json.duplicate], [202, ID, false]);
  assert.equal(sent.headers['access-control-allow-origin'], ORIGIN);
  assert.match(String(sent.headers.vary), /Origin/i);
  assert.equal(sent.headers['access-control-allow-credentials'], undefined);
  await until('it arrived', () => server.target.arrivals.length === 1);
  const [arrival] = server.target.arrivals;
  assert.deepEqual([arrival?.method, arrival?.url, arrival?.key], ['PUT', '/order', ID]);
  assert.equal(arrival?.body.toString(), body);
  assert.equal(arrival?.headers.authorization, 'Bearer secret');
  assert.equal(arrival?.headers['x-from'], 'page');
  assert.equal(arrival?.headers['content-type'], 'application/json');
  for (const name of ['cookie', 'origin', 'accept', 'sendoff-publishable-key', 'sendoff-id']) {
    assert.equal(arrival?.headers[name], undefined, name);
  }
});

test('the same id again is a duplicate; with another body it is refused', async (t) => {
  const server = await startPublishable(t, { routes: { order: {} } });
  const hand = (body: string) =>
    server.ask('/v1/routes/order', { body, headers: { 'sendoff-id': ID } });
  assert.equal((await hand('a')).json.duplicate, false);
  const again = await hand('a');
  assert.deepEqual([again.status, again.json.duplicate], [202, true]);
  const other = await hand('b');
  assert.deepEqual([other.status, other.json.code], [422, 'idempotency_mismatch']);
  assert.equal(await server.stored(), 1);
});

test('the id of a job that came by another door is not this page’s', async (t) => {
  const server = await startPublishable(t, { routes: { order: {}, other: {} } });
  const ids = ['018f0000-0000-4000-8000-0000000000b1', '018f0000-0000-4000-8000-0000000000b2'];
  const url = `${server.target.url}/order`;
  const headers = { ...json, origin: '', 'sendoff-publishable-key': '' };
  const own = JSON.stringify({ url, id: ids[0], body: 'a', headers: [] });
  await server.ask('/v1/jobs', { body: own, headers });
  const [, byOther] = ids as [string, string];
  await server.ask('/v1/routes/other', { body: 'a', headers: { 'sendoff-id': byOther } });
  for (const id of ids) {
    const told = await server.ask('/v1/routes/order', { body: 'a', headers: { 'sendoff-id': id } });
    assert.equal(told.json.code, 'idempotency_mismatch', id);
  }
  assert.equal(await server.stored(), 2);
});

test('a body that is too large or breaks the schema is refused with its field', async (t) => {
  const schema = {
    type: 'object',
    properties: {
      email: { type: 'string', maxLength: 20 },
      items: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' } } } },
    },
    required: ['email'],
    additionalProperties: false,
  };
  const server = await startPublishable(t, { routes: { order: { schema, bodyBytes: 100 } } });
  const hand = async (body: string, headers: object = json) => {
    const told = await server.ask('/v1/routes/order', { body, headers: { ...headers } });
    return `${told.status} ${told.json.code ?? ''} ${told.json.field ?? ''}`.trim();
  };
  assert.equal(await hand(`{"email":"${'a'.repeat(100)}"}`), '413 body_too_large');
  assert.equal(await hand('{}'), '422 schema_violation email');
  assert.equal(await hand('{"email":"a","items":[{"n":1.5}]}'), '422 schema_violation items[0].n');
  assert.equal(await hand('{"email":"a","x":1}'), '422 schema_violation body');
  assert.equal(await hand('[]'), '422 schema_violation body');
  assert.equal(await hand('{"email":1,"email":"a"}'), '400 invalid_json');
  assert.equal(await hand('{"email":'), '400 invalid_json');
  const plain = { 'content-type': 'text/plain' };
  assert.equal(await hand('{"email":"a"}', plain), '415 content_type_not_supported content-type');
  assert.equal(await hand('{"email":"a"}', {}), '415 content_type_not_supported content-type');
  assert.equal(await server.stored(), 0);
  assert.equal(await hand('{"email":"a","items":[{"n":1}]}'), '202');
});

test('a page chooses an id and nothing else of the delivery', async (t) => {
  const server = await startPublishable(t, { routes: { order: {} } });
  for (const name of ['delay', 'key', 'queue', 'retries', 'authorization', 'cookie', 'attempt']) {
    const headers = { [`sendoff-${name}`]: '1' };
    const told = await server.ask('/v1/routes/order', { body: 'x', headers });
    assert.deepEqual([told.status, told.json.field], [400, `sendoff-${name}`]);
  }
  const key = await server.ask('/v1/routes/order', {
    body: 'x',
    headers: { 'idempotency-key': 'a' },
  });
  assert.deepEqual([key.status, key.json.code], [400, 'unknown_field']);
  const id = await server.ask('/v1/routes/order', { body: 'x', headers: { 'sendoff-id': 'mine' } });
  assert.deepEqual([id.status, id.json.code], [400, 'invalid_id']);
  const query = await server.ask('/v1/routes/order?url=https://a.example/', { body: 'x' });
  assert.deepEqual([query.status, query.json.code], [400, 'unknown_parameter']);
  assert.equal(await server.stored(), 0);
});

test('the ticket of a job shows it, as far as the route says', async (t) => {
  const routes = { quiet: { answer: 'none' }, order: {}, open: { answer: 'body' } } as const;
  const body = `${'ä'.repeat(40_000)}`;
  const server = await startPublishable(t, {
    routes,
    respond: (response) => void response.end(body),
  });
  const look = async (name: string): Promise<Record<string, unknown>> => {
    const { json } = await server.ask(`/v1/routes/${name}`, { body: 'x' });
    const path = `/v1/routes/${name}/jobs/${json.id}?ticket=${json.ticket}`;
    return until('it is settled', async () => {
      const told = await server.ask(path);
      assert.equal(told.status, 200);
      return told.json.state === 'succeeded' && told.json;
    });
  };
  assert.deepEqual(Object.keys(await look('quiet')), ['id', 'state']);
  assert.deepEqual((await look('order')).response, { status: 200 });
  const shown = (await look('open')).response as { body: string; truncated: boolean };
  assert.deepEqual([shown.truncated, Buffer.byteLength(shown.body)], [true, 65_536]);
});

test('a ticket shows its own job on its own route alone', async (t) => {
  const server = await startPublishable(t, { routes: { order: {}, other: {} } });
  const [one, two] = [
    (await server.ask('/v1/routes/order', { body: 'x' })).json,
    (await server.ask('/v1/routes/order', { body: 'x' })).json,
  ];
  const wrong = [
    `/v1/routes/order/jobs/${one.id}?ticket=${two.ticket}`,
    `/v1/routes/other/jobs/${one.id}?ticket=${one.ticket}`,
    `/v1/routes/order/jobs/${one.id}?ticket=`,
    `/v1/routes/order/jobs/${one.id}`,
    `/v1/routes/order/jobs/${ID}?ticket=${one.ticket}`,
  ];
  for (const path of wrong) {
    const told = await server.ask(path);
    assert.deepEqual([told.status, told.json.code], [403, 'ticket_invalid'], path);
  }
  const right = `/v1/routes/order/jobs/${one.id}?ticket=${one.ticket}`;
  assert.equal((await server.ask(right, { headers: { origin: '' } })).status, 403);
  assert.equal((await server.ask(right, { method: 'POST' })).status, 405);
  assert.equal((await server.ask(right)).status, 200);
});

test('a stream tells each change of the job until it is settled', async (t) => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const respond = async (response: { end(text: string): unknown }) => {
    await answered;
    response.end('done');
  };
  const server = await startPublishable(t, { routes: { order: { answer: 'body' } }, respond });
  const { json: job } = await server.ask('/v1/routes/order', { body: 'x' });
  const url = `${server.url}/v1/routes/order/jobs/${job.id}?ticket=${job.ticket}`;
  const headers = { origin: ORIGIN, accept: 'text/event-stream', connection: 'close' };
  let text = '';
  const ended = new Promise<void>((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
  await until('it runs', () => text.includes('"running"'));
  answer();
  await ended;
  const views = text.split('\n').filter((line) => line.startsWith('data: '));
  const last = JSON.parse(String(views.at(-1)).slice(6));
  assert.deepEqual(last, {
    id: job.id,
    state: 'succeeded',
    response: { status: 200, body: 'done', truncated: false },
  });
});

test('routes change while the server runs', async (t) => {
  const server = await startPublishable(t, { routes: { order: {} } });
  assert.equal((await server.ask('/v1/routes/order', { body: 'x' })).status, 202);
  server.declare({ other: { origins: ['https://new.example'] } });
  assert.equal((await server.ask('/v1/routes/order', { body: 'x' })).status, 404);
  const told = await server.ask('/v1/routes/other', {
    body: 'x',
    headers: { origin: 'https://new.example' },
  });
  assert.equal(told.status, 202);
});
