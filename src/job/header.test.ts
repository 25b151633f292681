import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendoffError } from '../errors.ts';
import { checkHeaders, checkMethod, isHopByHop } from './header.ts';

const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof SendoffError && error.code === code;

function assertRefused(code: string, lines: Iterable<readonly [string, unknown]>): void {
  assert.throws(() => checkHeaders(lines), refused(code), [...lines].join().slice(0, 60));
}

test('lines keep their order, spelling and repetition', () => {
  const lines = [
    ['X-A', '1'],
    ['x-a', '2'],
    ['Authorization', 'Bearer {{y}}'],
    ['X-Latin', 'é\u00ff'],
    ['X-Empty', ''],
    ['idempotency-key', 'mine'],
  ] as const;
  assert.deepEqual(checkHeaders(lines), lines);
  assert.deepEqual(checkHeaders(new Map([['a', 'b']])), [['a', 'b']]);
});

test('white space around a value is not part of it', () => {
  assert.deepEqual(checkHeaders([['a', ' \tb c\t ']]), [['a', 'b c']]);
  assert.deepEqual(checkHeaders([['a', '  ']]), [['a', '']]);
});

test('a name is a token', () => {
  for (const name of ['', 'a b', 'a:', 'a\r', 'a\n', 'é', 'a\0', ' a', '(a)']) {
    assertRefused('invalid_header_name', [[name, 'x']]);
  }
  assertRefused('invalid_header_name', [[5 as unknown as string, 'x']]);
});

test('a value is Latin-1 text without line breaks, and is never shown', () => {
  for (const value of [
    'a\r\nb',
    'a\nb',
    'a\rb',
    'a\0b',
    'ž',
    '🎉',
    '\u0001',
    '\u007f',
    5,
    null,
    ['a'],
  ]) {
    assertRefused('invalid_header_value', [['x-a', value]]);
  }
  const secret = (error: unknown): boolean => !String(error).includes('secret');
  assert.throws(() => checkHeaders([['x-a', 'secret\n']]), secret);
  assert.throws(() => checkHeaders([['x-a', ['secret']]]), secret);
});

test('headers of the connection and those that we write are not allowed', () => {
  const connection = ['Host', 'content-length', 'Transfer-Encoding', 'connection', 'Keep-Alive'];
  const more = ['Upgrade', 'Expect', 'TE', 'Trailer', 'Proxy-Authorization', 'HTTP2-Settings'];
  const ours = ['webhook-id', 'Webhook-Signature', 'sendoff-attempt', 'Sendoff-Anything'];
  for (const name of [...connection, ...more, ...ours]) {
    assertRefused('header_not_allowed', [[name, 'x']]);
  }
  assert.equal(checkHeaders([['webhooks', 'x']]).length, 1);
});

test('too many or too large headers are refused', () => {
  const many = (count: number): [string, string][] =>
    Array.from({ length: count }, (_, index) => [`x-${index}`, '']);
  assert.equal(checkHeaders(many(100)).length, 100);
  assertRefused('headers_too_large', many(101));
  assertRefused('headers_too_large', [['x-a', 'x'.repeat(65_536)]]);
  assertRefused(
    'headers_too_large',
    many(4).map(([name]) => [name, 'x'.repeat(4_096)]),
  );
});

test('a method is a token of at most 32 characters, in upper case', () => {
  assert.equal(checkMethod('patch'), 'PATCH');
  assert.equal(checkMethod('M-SEARCH'), 'M-SEARCH');
  const others = ['', 'GET ', 'G T', 'GET\r\n', 'x'.repeat(33), 'connect', 'TRACE', 'É', 5, null];
  for (const method of others) assert.throws(() => checkMethod(method), refused('invalid_method'));
});

test('hop-by-hop headers are known whatever their case', () => {
  for (const name of ['Connection', 'proxy-authenticate', 'TE', 'HTTP2-Settings', 'upgrade']) {
    assert.ok(isHopByHop(name), name);
  }
  for (const name of ['host', 'te-x', 'content-length', 'x-connection']) {
    assert.ok(!isHopByHop(name), name);
  }
});
