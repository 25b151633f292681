import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from './limits.ts';
import { type RequestInput, requestFrom } from './request-input.ts';

const url = 'http://example.test/a';

async function bytes(body: RequestInput['body']): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0);
  if (body instanceof Uint8Array) return Buffer.from(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a URL alone has no method, no headers and no body', async () => {
  assert.deepEqual(await requestFrom(url), { url, headers: [], body: null, options: {} });
});

test('json becomes a body and its content type unless one is given', async () => {
  const plain = await requestFrom(url, { json: { a: 1 } });
  assert.deepEqual(plain.headers, [['content-type', 'application/json']]);
  assert.equal(String(await bytes(plain.body)), '{"a":1}');
  const own = await requestFrom(url, { json: 1, headers: { 'Content-Type': 'application/x' } });
  assert.deepEqual(own.headers, [['Content-Type', 'application/x']]);
  assert.equal(String(await bytes((await requestFrom(url, { json: null })).body)), 'null');
});

test('a form is urlencoded, and multipart when a value is a file', async () => {
  const plain = await requestFrom(url, { form: { a: 'x y', n: 1 } });
  assert.equal(String(await bytes(plain.body)), 'a=x+y&n=1');
  assert.match(plain.headers[0]![1], /^application\/x-www-form-urlencoded/);
  const file = new File(['hello'], 'hello.txt', { type: 'text/plain' });
  const multipart = await requestFrom(url, { form: { a: 'x', file } });
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(multipart.headers[0]![1])![1]!;
  const text = String(await bytes(multipart.body));
  assert.ok(text.includes(boundary));
  assert.match(text, /filename="hello.txt"/);
});

test('a short stream comes back as bytes, a long one as a stream of the same bytes', async () => {
  const short = await requestFrom(url, { body: new Blob(['abc']).stream() });
  assert.ok(short.body instanceof Uint8Array);
  assert.equal(short.bodyBytes, 3);
  const long = Buffer.alloc(limits.inlineBodyBytes + 1, 7);
  const streamed = await requestFrom(url, { body: new Blob([long]).stream() });
  assert.ok(!(streamed.body instanceof Uint8Array));
  assert.equal(streamed.bodyBytes, undefined);
  assert.deepEqual(await bytes(streamed.body), long);
});

test('a large Blob is streamed with its length known', async () => {
  const blob = new Blob([Buffer.alloc(200_000)], { type: 'image/x' });
  const { body, bodyBytes, headers } = await requestFrom(url, { body: blob });
  assert.ok(!(body instanceof Uint8Array));
  assert.equal(bodyBytes, 200_000);
  assert.deepEqual(headers, [['content-type', 'image/x']]);
  assert.equal((await bytes(body)).length, 200_000);
});

test('leaving a long stream early cancels its source', async () => {
  let isCancelled = false;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(50_000)),
    cancel: () => {
      isCancelled = true;
    },
  });
  const { body } = await requestFrom(url, { body: source });
  assert.ok(body !== null && !(body instanceof Uint8Array));
  for await (const _ of body) break;
  assert.ok(isCancelled);
});

test('a Request gives method, headers and body, and init wins over it', async () => {
  const init = { method: 'PUT', headers: { a: '1' }, body: 'x' };
  const taken = await requestFrom(new Request(url, init));
  assert.equal(taken.method, 'PUT');
  assert.equal(String(await bytes(taken.body)), 'x');
  assert.ok(taken.headers.some(([name, value]) => name === 'a' && value === '1'));
  const changed = await requestFrom(new Request(url, init), { method: 'PATCH', body: 'y' });
  assert.equal(changed.method, 'PATCH');
  assert.equal(String(await bytes(changed.body)), 'y');
});

test('header pairs keep their order, spelling and repetitions', async () => {
  const pairs: [string, string][] = [
    ['X-B', '1'],
    ['x-a', '2'],
    ['X-B', '3'],
  ];
  assert.deepEqual((await requestFrom(url, { headers: pairs })).headers, pairs);
});

test('a query is added without touching what the URL has', async () => {
  const added = { b: 'x y', c: 2 };
  const of = async (from: string) => (await requestFrom(from, { query: added })).url;
  assert.equal(await of('http://h/a/../b?x=%7e#f'), 'http://h/a/../b?x=%7e&b=x+y&c=2#f');
  assert.equal(await of('http://h/a'), 'http://h/a?b=x+y&c=2');
  assert.equal(await of('http://h/a?'), 'http://h/a?b=x+y&c=2');
});

test('delivery options are picked out, and an unknown one is refused by name', async () => {
  const { options } = await requestFrom(url, { retries: 2, delay: '5s', tags: ['a'] });
  assert.deepEqual(options, { retries: 2, delay: '5s', tags: ['a'] });
  const typo = { retires: 3 } as object;
  await assert.rejects(requestFrom(url, typo), { code: 'unknown_field', field: 'retires' });
});

test('two bodies at once are refused', async () => {
  const both = { body: 'x', json: 1 };
  await assert.rejects(requestFrom(url, both), { code: 'invalid_field' });
  await assert.rejects(requestFrom(url, { json: undefined, form: { a: 1 }, body: 'x' }), {
    code: 'invalid_field',
  });
});

test('what JSON cannot hold is refused', async () => {
  const json = { a: 1n };
  await assert.rejects(requestFrom(url, { json }), { code: 'invalid_json' });
});
