import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SendoffError } from '../errors.ts';
import { checkUrl, defaultQueue } from './target-url.ts';

function codeOf(raw: unknown): string {
  try {
    return checkUrl(raw).href;
  } catch (error) {
    assert.ok(error instanceof SendoffError, String(error));
    assert.equal(error.field, 'url');
    return error.code;
  }
}

function assertCodes(code: string, urls: readonly unknown[]): void {
  for (const url of urls) assert.equal(codeOf(url), code, String(url).slice(0, 100));
}

test('a URL comes back canonical', () => {
  const canonical: Record<string, string> = {
    'https://api.example/a?b=c': 'https://api.example/a?b=c',
    'HTTPS://API.Example:443': 'https://api.example/',
    'http://localhost.:7181/x': 'http://localhost.:7181/x',
    'http://127.1/': 'http://127.0.0.1/',
    'http://2130706433/': 'http://127.0.0.1/',
    'http://0x7f.1/': 'http://127.0.0.1/',
    'http://[0:0:0:0:0:0:0:1]/': 'http://[::1]/',
    'http://[::FFFF:127.0.0.1]:8080/': 'http://[::ffff:7f00:1]:8080/',
    'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/': 'http://localhost/',
    'http://bücher.example/ä b?c d': 'http://xn--bcher-kva.example/%C3%A4%20b?c%20d',
    'http://a/%00%0d%0aX:': 'http://a/%00%0d%0aX:',
    'http://a/?q=\\d': 'http://a/?q=\\d',
    'http://my_service/': 'http://my_service/',
  };
  for (const [raw, href] of Object.entries(canonical)) assert.equal(codeOf(raw), href);
  assert.equal(codeOf(new URL('http://a/b')), 'http://a/b');
});

test('what is no URL is invalid_url', () => {
  assertCodes('invalid_url', ['', 'x/y', '//x/y', '/x', 'localhost:3000/x', 'example.com:80', 5]);
  assertCodes('invalid_url', [null, undefined, {}, ['http://a/'], 'http://0o177.0.0.1/']);
  assertCodes('invalid_url', ['http://o177.0.0.1/', 'http://١٢٧.0.0.1/', 'http://a b/']);
  assertCodes('invalid_url', [
    'http://256.256.256.256/',
    ' http://a/',
    'http://a/ ',
    'http://a/\ud800',
  ]);
  assertCodes('invalid_url', [
    'http://example.com\r\nX: y/',
    'http://a/\tb',
    'ht\ntp://a/',
    'http://a/\0',
  ]);
});

test('what other readers would read differently is ambiguous_url', () => {
  assertCodes('ambiguous_url', ['http:127.0.0.1/', 'http:///127.0.0.1/', 'http:/\\127.0.0.1/']);
  assertCodes('ambiguous_url', [
    'http://127.0.0.1:80\\@public.example/',
    'http://a\\b/',
    'http://a/b\\c',
  ]);
  assertCodes('ambiguous_url', [
    'http://public.example\\@127.0.0.1/',
    'http:\\\\a/',
    'http:/a',
    'http://',
  ]);
  assertCodes('ambiguous_url', [
    'http://public.example#@127.0.0.1/',
    'http://a/b#frag',
    'http://a/#',
  ]);
});

test('credentials are refused, however they are hidden', () => {
  assertCodes('url_credentials', ['http://user:pw@h/', 'http://public.example@127.0.0.1/']);
  assertCodes('url_credentials', ['http://127.0.0.1%2f@x/', 'http://1.1.1.1 &@2.2.2.2# @3.3.3.3/']);
  assertCodes('url_credentials', ['http://@a/', 'http://:@a/', new URL('http://u:p@a/')]);
  assert.equal(codeOf('http://a/@b?c=@'), 'http://a/@b?c=@');
});

test('schemes other than http and https are refused', () => {
  const others = ['file:///etc/passwd', 'gopher://a/', 'ftp://a/', 'data:text/plain,x', 'ws://a/'];
  const more = [
    'javascript:alert(1)',
    'blob:http://a/b',
    'unix:/run/docker.sock',
    'jar:http://a/!/',
  ];
  assertCodes('scheme_not_allowed', [...others, ...more, 'http://unix:/run/docker.sock:/info']);
});

test('a host has proper labels', () => {
  const hosts = ['a..b', '.a', 'xn--', '-', '*', 'a-', '-a.b', '[fe80::1%25eth0]'];
  const long = ['a'.repeat(64), 'a'.repeat(300), `${'a.'.repeat(126)}aa`, '[::1::]'];
  assertCodes(
    'invalid_host',
    [...hosts, ...long].map((host) => `http://${host}/`),
  );
  assert.equal(codeOf(`http://${'a.'.repeat(126)}a./`), `http://${'a.'.repeat(126)}a./`);
});

test('ports of other protocols, and what is no port, are refused', () => {
  const ports = [
    '0',
    '65536',
    '99999',
    '',
    '22',
    '25',
    '6379',
    '11211',
    '6667',
    '10080',
    '1023',
    'x',
  ];
  assertCodes(
    'invalid_port',
    ports.map((port) => `http://a:${port}/`),
  );
  assertCodes('invalid_port', ['http://[::1]:22/', 'http://a:', 'http://a:-1/', 'https://a:99999']);
  for (const port of [443, 1024, 3000, 7181, 65535]) {
    assert.equal(codeOf(`http://a:${port}/`), `http://a:${port}/`);
  }
  assert.equal(codeOf('http://a:0080/'), 'http://a/');
});

test('a URL over 8 KiB, or over it once escaped, is url_too_long', () => {
  assertCodes('url_too_long', [`http://a/${'x'.repeat(8_192)}`, `http://a/${'ä'.repeat(2_000)}`]);
  assert.equal(codeOf(`http://a/${'x'.repeat(8_183)}`).length, 8_192);
});

test('a refusal does not show credentials or queries', () => {
  for (const url of [
    'http://u:secret@a/',
    'x?secret',
    'u:secret@a',
    'a?b@secret',
    'foo://u:secret@a/',
    '//u/?secret',
  ]) {
    assert.throws(
      () => checkUrl(url),
      (error) => error instanceof Error && !error.message.includes('secret'),
    );
  }
});

test('the queue of a job is its origin', () => {
  assert.equal(defaultQueue(checkUrl('https://api.example:443/a')), 'https://api.example');
  assert.equal(defaultQueue(checkUrl('http://a:8080/a')), 'http://a:8080');
});

test('every accepted URL is canonical, and its host is the one that stands in the text', () => {
  const url = fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string().map((text) => `http://${text}`),
    fc.string({ unit: 'binary' }).map((text) => `https://a/${text}`),
    fc
      .array(fc.constantFrom('http:', '/', '\\', '@', '#', '?', 'a', '.', ':', '80', '[::1]', ' '))
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(url, (text) => {
      const href = codeOf(text);
      if (!href.includes(':')) return;
      assert.equal(codeOf(href), href);
      const parsed = new URL(href);
      assert.equal(`${parsed.username}${parsed.password}${parsed.hash}`, '');
      assert.match(text, /^https?:\/\/[^/?#@\\]+([/?]|$)/i);
    }),
    { numRuns: 1_000 },
  );
});
