import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendoffError } from '../errors.ts';
import { targetUrl } from './target-url.ts';

test('the url is decoded once and nothing else is changed', () => {
  const urls = [
    'https://a.example/x?q=1&r=%26#f',
    'https://a.example/a/../b/%2e%2e/c',
    'https://a.example/?q=a+b&s=%2B',
    'https://ä.example/ö?ü',
  ];
  for (const url of urls) assert.equal(targetUrl(`url=${encodeURIComponent(url)}`), url);
  assert.equal(targetUrl('url=http://a.example/b'), 'http://a.example/b');
});

test('what is not one url is refused', () => {
  const refused = (code: string) => (error: unknown) =>
    error instanceof SendoffError && error.code === code;
  for (const query of ['', 'url', 'url=', 'url=a&url=b', 'url=%', 'url=%ff']) {
    assert.throws(() => targetUrl(query), refused('invalid_url'), query);
  }
  for (const query of ['url=a&b=c', 'URL=a', 'x', 'url=a&%75rl=b', '=']) {
    assert.throws(() => targetUrl(query), refused('unknown_parameter'), query);
  }
});
