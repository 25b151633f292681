import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyHasher, contentHash } from './content.ts';
import type { HttpTarget } from './job.ts';

const target: HttpTarget = { kind: 'http', method: 'POST', url: 'http://a/b', headers: [] };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const of = (more: Partial<HttpTarget>, body: string | null = 'hello'): string =>
  hex(
    contentHash({ target: { ...target, ...more }, body: body === null ? null : Buffer.from(body) }),
  );

test('method, URL and body bytes count', () => {
  const hashes = [of({}), of({ method: 'PUT' }), of({ url: 'http://a/c' }), of({}, 'hellp')];
  assert.equal(new Set(hashes).size, 4);
  assert.ok(hashes.every((hash) => hash.length === 64));
});

test('headers do not count', () => {
  assert.equal(of({ headers: [['authorization', 'x']] }), of({}));
});

test('no body and an empty body are the same content', () => {
  assert.equal(of({}, null), of({}, ''));
});

test('a streamed body has the hash of the same bytes inline', () => {
  const hasher = bodyHasher();
  hasher.update(Buffer.from('hel'));
  hasher.update(Buffer.from('lo'));
  assert.equal(hex(contentHash({ target, body: null, bodyHash: hasher.digest() })), of({}));
});

test('the hash is stable, because stores keep it', () => {
  assert.equal(of({}), '6f116bfdb51c5b6eda9f8bf0385e6ae868461b69027ca041fe6ee914a7e49364');
});
