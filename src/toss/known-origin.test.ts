import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkUrl } from '../job/target-url.ts';
import { checkPlace } from './known-origin.ts';

const pieces = [
  ...['/', '//', '.', '..', '%2e', '%2E', '%', '%41', 'a', 'Z9', '?', '&', '=', ';', ':', '@', '!'],
  ...[
    "'",
    '(',
    '*',
    '+',
    ',',
    '~',
    '_',
    '-',
    '$',
    '[',
    '|',
    '^',
    '{',
    '`',
    '"',
    '<',
    'ä',
    ' ',
    '#',
  ],
  ...['\\', '\t', '\r\n', '\u0000', '\ud800'],
];

/** What became of a URL: the place, or the code of the refusal. */
function outcome(check: () => string): string {
  try {
    return check();
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

test('behind a known origin everything comes out as the parser would have it', () => {
  checkPlace('http://known.test:8080/');
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const text = `http://known.test:8080/${parts.join('')}`;
      const place = (): string => Object.values(checkPlace(text)).join('');
      assert.equal(
        outcome(place),
        outcome(() => checkUrl(text).href),
        JSON.stringify(text),
      );
    }),
    { numRuns: 5_000 },
  );
});

test('an origin that only looks like a known one is checked for itself', () => {
  checkPlace('http://known.test/');
  assert.deepEqual(checkPlace('http://KNOWN.test/a'), { origin: 'http://known.test', path: '/a' });
  assert.deepEqual(checkPlace('http://known.test?b'), { origin: 'http://known.test', path: '/?b' });
  for (const url of [
    'http://known.test@evil.test/',
    'http://known.test:22/',
    'http:/known.test/',
  ]) {
    assert.throws(() => checkPlace(url), { name: 'SendoffError' }, url);
  }
});
