import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendoffError } from '../errors.ts';
import { type CheckedRoute, checkRoutes } from './publishable-route.ts';

const plain = {
  key: 'pk_12345678',
  url: 'https://api.example/orders',
  origins: ['https://shop.example'],
};
const check = (more: object): CheckedRoute =>
  checkRoutes({ order: { ...plain, ...more } }, 'routes').get('order') as CheckedRoute;

function refused(more: object, field: string): void {
  assert.throws(
    () => check(more),
    (error) => error instanceof SendoffError && error.field === field && /`/.test(error.message),
    `${field}: ${JSON.stringify(more)}`,
  );
}

test('a route with its fixed part alone has every default', () => {
  const { name, bodyBytes, ratePerMinute, tickets, answer, judge, job } = check({});
  assert.deepEqual(
    { name, bodyBytes, ratePerMinute, tickets, answer, judge },
    {
      ...{ name: 'order', bodyBytes: 16_384, ratePerMinute: 60, tickets: false, answer: 'status' },
      judge: undefined,
    },
  );
  const made = job({ id: undefined, contentType: 'text/plain', now: 5 });
  assert.ok(made.spec.target.kind === 'http');
  assert.equal(made.spec.target.method, 'POST');
  assert.deepEqual(made.spec.target.headers, [['content-type', 'text/plain']]);
  assert.equal(made.runAt, 5);
});

test('what the operator fixes stays as it is', () => {
  const headers = { 'Content-Type': 'application/json', 'x-a': '1' };
  const { job } = check({ headers, method: 'put', queue: 'orders', retries: 2, delay: '1s' });
  const made = job({ id: undefined, contentType: 'text/plain', now: 0 });
  assert.ok(made.spec.target.kind === 'http');
  assert.deepEqual(made.spec.target.headers, Object.entries(headers));
  assert.deepEqual([made.queue, made.spec.retry.limit, made.runAt], ['orders', 2, 1_000]);
});

test('a queue and a limit may be fixed with what is said of them', () => {
  const queue = { name: 'orders', order: 'strict' };
  const { job } = check({ queue, limit: { key: 'shop', rate: '7/s' } });
  const made = job({ id: undefined, contentType: undefined, now: 0 });
  assert.deepEqual([made.queue, made.spec.limit], ['orders', 'shop']);
  assert.deepEqual(made.says, { queue: { order: 'strict' }, limit: { rate: '7/s' } });
  refused({ queue: { name: 'orders', concurrency: 0 } }, 'routes.order.queue.concurrency');
  refused({ limit: { rate: '7/s' } }, 'routes.order.limit.key');
});

test('what is wrong is refused with its path', () => {
  refused({ key: 'secret' }, 'routes.order.key');
  refused({ key: undefined }, 'routes.order.key');
  for (const origin of ['*', 'null', 'https://a.example/', 'https://A.example', 'a.example', 1]) {
    refused({ origins: [origin] }, 'routes.order.origins[0]');
  }
  refused({ origins: [] }, 'routes.order.origins');
  refused({ url: '/relative' }, 'routes.order.url');
  refused({ method: 'TRACE' }, 'routes.order.method');
  refused({ headers: { host: 'a' } }, 'routes.order.host');
  refused({ bodyBytes: 0 }, 'routes.order.bodyBytes');
  refused({ bodyBytes: 1e12 }, 'routes.order.bodyBytes');
  refused({ ratePerMinute: 1.5 }, 'routes.order.ratePerMinute');
  refused({ tickets: 'yes' }, 'routes.order.tickets');
  refused({ answer: 'all' }, 'routes.order.answer');
  refused({ retries: -1 }, 'routes.order.retries');
  refused({ id: 'x' }, 'routes.order.id');
  refused({ orgins: [] }, 'routes.order.orgins');
  assert.throws(() => checkRoutes({ 'a/b': plain }, 'routes'), /`routes\.a\/b`/);
  assert.throws(() => checkRoutes([], 'routes'), /`routes`/);
});

test('a schema that would not be kept as written is refused', () => {
  const object = { type: 'object' };
  const unkept: readonly (readonly [schema: object, field: string])[] = [
    [{ properties: { a: {} } }, '.properties'],
    [{ type: 'string', minimum: 1 }, '.minimum'],
    [{ ...object, propertis: {} }, '.propertis'],
    [{ ...object, required: ['a'] }, '.required'],
    [{ ...object, properties: { a: { pattern: 'x' } } }, '.properties.a.pattern'],
    [{ ...object, properties: { a: { type: 'string', default: 'x' } } }, '.properties.a.default'],
    [{ type: 'string', format: 'colour' }, '.format'],
    [{ type: 'array', minItems: 1 }, ''],
    [{ anyOf: [{}], oneOf: [{}] }, ''],
    [{ not: { type: 'string' } }, '.not'],
    [{ if: {} }, '.if'],
    [{ $ref: '#/$defs/none' }, ''],
    [{ type: 'wat' }, ''],
    [{ type: 'string', pattern: '(' }, ''],
  ];
  for (const [schema, field] of unkept) refused({ schema }, `routes.order.schema${field}`);
});

test('a schema judges a body and names the place', () => {
  const schema = {
    $defs: { price: { type: 'number', minimum: 0 } },
    type: 'object',
    properties: { kind: { enum: ['a', 'b'] }, price: { $ref: '#/$defs/price' } },
    required: ['kind'],
  };
  const { judge } = check({ schema });
  assert.equal(judge?.({ kind: 'a', price: 1, more: true }), undefined);
  assert.equal(judge?.({ kind: 'c' })?.path, 'kind');
  assert.equal(judge?.({ kind: 'a', price: -1 })?.path, 'price');
  assert.equal(judge?.('text')?.path, '');
});
