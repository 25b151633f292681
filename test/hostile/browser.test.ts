// What browsers send for a page of another origin (W03, W05): each way a page has to reach a server
// without asking anybody, from browsers that name the site and from old ones that only have Origin.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConfig } from '../../src/config/check-config.ts';
import { exchangeRaw } from '../api/raw-http.ts';
import { type Bench, openBench } from './bench.ts';

type Lines = Readonly<Record<string, string>>;

interface Way {
  readonly line: string;
  readonly lines: Lines;
  readonly body?: string;
}

const json = '{"url":"https://public.example/"}';
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const to = '/v1/to?url=https://public.example/';
const job = '/v1/jobs/018f0000-0000-7000-8000-000000000001';

function fetched(mode: string, dest: string, more: Lines = {}): Lines {
  return { 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Dest': dest, ...more };
}

const plain = { 'Content-Type': 'text/plain;charset=UTF-8' };
const preflight = {
  'Access-Control-Request-Method': 'POST',
  'Access-Control-Request-Headers': 'content-type',
  'Access-Control-Request-Private-Network': 'true',
};

/** Ways of which a browser tells the origin, whatever its age. */
const told: Readonly<Record<string, Way>> = {
  'fetch no-cors': { line: 'POST /v1/jobs', lines: fetched('no-cors', 'empty', plain), body: json },
  'fetch no-cors to a target': { line: `POST ${to}`, lines: fetched('no-cors', 'empty', plain) },
  'fetch cors': {
    line: 'POST /v1/jobs',
    lines: fetched('cors', 'empty', { 'Content-Type': 'application/json' }),
    body: json,
  },
  'a form': { line: `POST ${to}`, lines: fetched('navigate', 'document', form), body: 'a=b' },
  'a form without type': {
    line: 'POST /v1/jobs',
    lines: fetched('navigate', 'document', plain),
    body: `${json}=`,
  },
  'a form in a frame': { line: `POST ${job}/cancel`, lines: fetched('navigate', 'iframe', form) },
  sendBeacon: { line: 'POST /v1/jobs', lines: fetched('no-cors', 'empty', plain), body: json },
  'a preflight': { line: 'OPTIONS /v1/jobs', lines: fetched('cors', 'empty', preflight) },
  'a preflight of a target': { line: `OPTIONS ${to}`, lines: fetched('cors', 'empty', preflight) },
  'fetch cors GET': { line: `GET ${to}`, lines: fetched('cors', 'empty') },
  'an event stream': {
    line: 'GET /v1/events',
    lines: fetched('cors', 'empty', { Accept: 'text/event-stream' }),
  },
};

/** GET that a page causes without an Origin: only `Sec-Fetch-Site` tells. */
const untold: Readonly<Record<string, Way>> = {
  'an image': { line: `GET ${to}`, lines: fetched('no-cors', 'image') },
  'a script': { line: 'GET /v1/jobs', lines: fetched('no-cors', 'script') },
  'a style': { line: `GET ${to}`, lines: fetched('no-cors', 'style') },
  'a link to a target': { line: `GET ${to}`, lines: fetched('navigate', 'document') },
  'a frame': { line: `GET ${to}`, lines: fetched('navigate', 'iframe') },
  'a prefetch': { line: `GET ${to}`, lines: fetched('no-cors', 'empty', { Purpose: 'prefetch' }) },
};

async function refused(bench: Bench, name: string, way: Way, code = 'cross_site'): Promise<void> {
  const lines = {
    Host: `127.0.0.1:${bench.port}`,
    'User-Agent': 'Mozilla/5.0',
    ...way.lines,
    'Content-Length': String(way.body?.length ?? 0),
  };
  const head = Object.entries(lines).map(([line, value]) => `${line}: ${value}`);
  const text = [`${way.line} HTTP/1.1`, ...head, '', way.body ?? ''].join('\r\n');
  const answer = await exchangeRaw({ host: '127.0.0.1', port: bench.port }, text);
  assert.equal(answer.status, 403, name);
  assert.equal((JSON.parse(answer.body) as { code: string }).code, code, name);
  const opened = Object.keys(answer.headers).filter((line) => /^access-control-/.test(line));
  assert.deepEqual(opened, [], name);
}

function withLines(way: Way, more: Lines, without = /^$/): Way {
  const kept = Object.entries(way.lines).filter(([name]) => !without.test(name));
  return { ...way, lines: { ...Object.fromEntries(kept), ...more } };
}

test('a page of another origin makes no job in any way (W03, W05)', async (t) => {
  const bench = await openBench(t);
  for (const [name, way] of Object.entries({ ...told, ...untold })) {
    for (const site of ['cross-site', 'same-site']) {
      const origin: Lines = name in told ? { Origin: 'https://evil.example' } : {};
      await refused(bench, name, withLines(way, { 'Sec-Fetch-Site': site, ...origin }));
    }
  }
  await bench.unharmed('W03');
});

test('neither does one in an old browser, nor one without origin (W03)', async (t) => {
  const bench = await openBench(t);
  const origins = [
    'https://evil.example',
    'null',
    'http://127.0.0.1:1',
    'http://localhost',
    'file://',
  ];
  for (const [name, way] of Object.entries(told)) {
    for (const Origin of origins) {
      await refused(bench, `${name} of ${Origin}`, withLines(way, { Origin }, /^Sec-Fetch/));
      const sandboxed = { Origin, 'Sec-Fetch-Site': 'cross-site', Cookie: 'session=1' };
      await refused(bench, `${name} of ${Origin}`, withLines(way, sandboxed));
    }
  }
  await bench.unharmed('W03');
});

test('a declared route opens nothing to pages of other origins (W03, W05)', async (t) => {
  const route = {
    key: 'pk_12345678',
    url: 'https://public.example/',
    origins: ['https://a.example'],
  };
  const config = checkConfig({ routes: { order: route } });
  const bench = await openBench(t, { config: () => config });
  for (const [name, way] of Object.entries(told)) {
    const Origin = 'https://evil.example';
    await refused(bench, name, withLines(way, { Origin, 'Sec-Fetch-Site': 'cross-site' }));
    const line = way.line.replace(/ .*/, ' /v1/routes/order');
    const key = { 'Sendoff-Publishable-Key': route.key };
    for (const origin of [Origin, 'null', `http://127.0.0.1:${bench.port}`]) {
      const asked = withLines({ ...way, line }, { Origin: origin, ...key });
      await refused(bench, `${name} to the route`, asked, 'origin_not_allowed');
    }
    // The route's own page gets no further than the route.
    await refused(bench, name, withLines(way, { Origin: 'https://a.example', ...key }));
  }
  for (const [name, way] of Object.entries(untold)) {
    const line = way.line.replace(/ .*/, ' /v1/routes/order');
    await refused(bench, name, { ...way, line }, 'origin_not_allowed');
  }
  await bench.unharmed('W03');
});
