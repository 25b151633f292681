import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { firstToken, parseTokens } from './token-lines.ts';

const SECRET = 'a-secret-of-many-letters';

test('each line is a token of its own, and a name may have several', () => {
  const text = `shop:${SECRET}-1\nshop:${SECRET}-2\r\n\nmail:${SECRET}-3\n`;
  assert.deepEqual(namesOf(text, `${SECRET}-1`), ['shop']);
  assert.deepEqual(namesOf(text, `${SECRET}-2`), ['shop']);
  assert.deepEqual(namesOf(text, `${SECRET}-3`), ['mail']);
  assert.deepEqual(namesOf(text, `mail:${SECRET}-3`), ['mail'], 'the line as it stands');
  assert.deepEqual(namesOf(text, 'mail'), []);
});

test('a single line may be a bare secret, with colons in it too', () => {
  assert.deepEqual(namesOf('secret', 'secret'), ['default']);
  assert.deepEqual(namesOf('long-and-random-it-is:1', 'long-and-random-it-is:1'), ['default']);
  assert.deepEqual(namesOf('long-and-random-it-is:1', '1'), []);
});

test('of several lines each needs a name and a secret that is no guess', () => {
  for (const text of [`a:${SECRET}\nb:short`, `a:${SECRET}\n${SECRET}`, `a:${SECRET}\n: x`]) {
    const isRight = (error: Error): boolean => !error.message.includes(SECRET);
    assert.throws(() => parseTokens(text), { code: 'invalid_config' });
    assert.throws(() => parseTokens(text), isRight);
  }
});

test('a client shows the first line', () => {
  assert.equal(firstToken(`a:${SECRET}\nb:${SECRET}`), `a:${SECRET}`);
});

function namesOf(text: string, shown: string): string[] {
  const digest = hash('sha256', shown);
  const found = parseTokens(text).filter((one) => Buffer.from(one.hash).toString('hex') === digest);
  return found.map(({ name }) => name);
}
