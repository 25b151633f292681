// Target URLs of the catalogue (U), by each door that takes one. The server forbids private
// addresses, and a target listens on this machine on the very port that the rows name.

import { test } from 'node:test';
import { openBench, type Refusal, refusedAt } from './bench.ts';

const everyDoor = ['jobs', 'to', 'library', 'line'] as const;
const notAllowed = { status: 422, code: 'target_not_allowed' };

/** Rows about the host; each is tried on the port of a real listener. */
const hosts: readonly (readonly [row: string, refusal: Refusal, hosts: string])[] = [
  [
    'U01-08',
    notAllowed,
    '2130706433 0x7f000001 0177.0.0.1 017700000001 127.1 127.0.1 0x7f.1 127.0.0.0x1',
  ],
  ['U09-11', notAllowed, '0 0.0.0.0 0x.0x.0'],
  ['U12-13', { code: 'invalid_url' }, '0o177.0.0.1 o177.0.0.1'],
  ['U19', { code: 'invalid_url' }, '١٢٧.0.0.1'],
  ['U20-23', notAllowed, 'localhost LOCALHOST localhost. ⓛⓞⓒⓐⓛⓗⓞⓢⓣ'],
  ['U24-27', notAllowed, 'a.localhost'],
  ['U28-30', notAllowed, '[::] [::1] [0:0:0:0:0:0:0:1]'],
  [
    'U34-37',
    notAllowed,
    `[64:ff9b::7f00:1] [64:ff9b:1::a9fe:a9fe] [2002:7f00:1::]
     [2001:0:4136:e378:8000:63bf:80ff:fffe]`,
  ],
  ['U38-41', notAllowed, '[fe80::1] [fc00::1] [fd00:ec2::254]'],
  ['U38-41', { code: 'invalid_host' }, '[fe80::1%25eth0] [fe80::1%eth0]'],
  [
    'U42-46',
    notAllowed,
    `224.0.0.1 [ff02::1] 255.255.255.255 240.0.0.1 192.0.2.1 198.51.100.1 203.0.113.1
     [2001:db8::1] [3fff::1] [5f00::1] [100::1]`,
  ],
  [
    'U47-52',
    notAllowed,
    `10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 100.100.100.200 169.254.169.254
     198.18.0.1 192.0.0.1 192.88.99.1`,
  ],
];

/** Rows about the whole URL, of which the host is a bait. */
const urls: readonly (readonly [row: string, refusal: Refusal, urls: readonly string[]])[] = [
  [
    'U58-61',
    { code: 'url_credentials' },
    [
      'http://user:pw@h/',
      'http://public.example@127.0.0.1:{port}/',
      'http://127.0.0.1:{port}%2f@x/',
      'http://1.1.1.1 &@2.2.2.2# @3.3.3.3/',
    ],
  ],
  [
    'U62-64',
    { code: 'ambiguous_url' },
    [
      'http://127.0.0.1:{port}\\@public.example/',
      'http://public.example\\@127.0.0.1:{port}/',
      'http://public.example#@127.0.0.1:{port}/',
    ],
  ],
  [
    'U65-68',
    { code: 'ambiguous_url' },
    ['http:127.0.0.1:{port}/', 'http:///127.0.0.1:{port}/', 'http:/\\127.0.0.1:{port}/'],
  ],
  ['U65-68', { code: 'invalid_url' }, ['//127.0.0.1:{port}/y', 'x/y', '127.0.0.1:{port}']],
  ['U71', { code: 'invalid_url' }, ['http://example.com\r\nX: y/', 'http://a/\tb', 'http://a/\n']],
  ['U72-75', { code: 'invalid_port' }, portsOf('0 65536 99999 22 25 6379 11211 6667 2049 1023')],
  ['U72-75', { code: 'invalid_port' }, ['http://public.example:/', 'http://public.example:x/']],
  [
    'U76-82',
    { code: 'scheme_not_allowed' },
    [
      ...['file:///etc/passwd', 'gopher://a/', 'ftp://a/', 'data:text/plain,x', 'blob:http://a/b'],
      ...['javascript:alert(1)', 'unix:/run/docker.sock', 'jar:http://a/!/', 'ws://a/', 'wss://a/'],
      'http://unix:/run/docker.sock:/info',
    ],
  ],
  [
    'U83-86',
    { code: 'invalid_host' },
    ['a..b', 'xn--', '-', '*', 'a'.repeat(64), 'a'.repeat(300), `${'a.'.repeat(127)}a`].map(
      (host) => `http://${host}/`,
    ),
  ],
];

function portsOf(ports: string): string[] {
  return ports.split(' ').map((port) => `http://public.example:${port}/`);
}

test('a host that is not public is refused in any spelling (U01-U52)', async (t) => {
  const bench = await openBench(t, { egressPrivate: false });
  for (const [row, refusal, list] of hosts) {
    for (const host of list.split(/\s+/)) {
      const job = { url: `http://${host}:${bench.target.port}/` };
      await refusedAt(bench, everyDoor, job, refusal);
    }
    await bench.unharmed(row);
  }
});

test('a URL that could be meant otherwise has one refusal at every door (U58-U86)', async (t) => {
  const bench = await openBench(t, { egressPrivate: false });
  for (const [row, refusal, list] of urls) {
    for (const text of list) {
      const job = { url: text.replace('{port}', String(bench.target.port)) };
      await refusedAt(bench, everyDoor, job, refusal);
    }
    await bench.unharmed(row);
  }
});

test('a URL over 8 KiB is refused, in the target of the request too (U91)', async (t) => {
  const bench = await openBench(t);
  const job = { url: `http://127.0.0.1:${bench.target.port}/${'x'.repeat(8_192)}` };
  await refusedAt(bench, ['jobs', 'library', 'line'], job, { code: 'url_too_long' });
  await refusedAt(bench, ['to'], job, { status: 414, code: 'uri_too_long' });
  await bench.unharmed('U91');
});
