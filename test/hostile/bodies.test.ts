// Bodies, pages and searches of the catalogue (A02, J04, J06, J08, I03, I05, I07) that need more
// than one exchange.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../src/clock.ts';
import { limits } from '../../src/limits.ts';
import { startTarget } from '../api/ledger-target.ts';
import { readAnswer } from '../api/raw-http.ts';
import { call, callJson } from '../support/call.ts';
import { openBench } from './bench.ts';

const url = 'https://public.example/';
const json = { 'content-type': 'application/json' };

test('a body that drips is ended with 408 and stores nothing (A02)', async (t) => {
  const after: typeof systemClock.after = (delayMs, action) =>
    systemClock.after(delayMs === limits.stalledBodyMs ? 300 : delayMs, action);
  const bench = await openBench(t, { clock: { ...systemClock, after } });
  const socket = connect(bench.port, '127.0.0.1');
  socket.write(
    `POST /v1/to?url=${url} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n`,
  );
  const drip = setInterval(() => socket.write('x'), 20);
  t.after(() => {
    clearInterval(drip);
    socket.destroy();
  });
  socket.on('error', () => {});
  assert.equal((await readAnswer(socket)).status, 408);
  await bench.unharmed('A02');
});

test('a million keys and a key of 10 MiB are refused (J04)', async (t) => {
  const bench = await openBench(t);
  const keys = Array.from({ length: 1_000_000 }, (_, at) => `"k${at}":1`).join();
  const long = 'k'.repeat(10_485_760);
  for (const [body, code] of [
    [`{"url":"${url}","headers":{${keys}}}`, /too_many_keys/],
    [`{"url":"${url}",${keys}}`, /too_many_keys|unknown_field/],
    [`{"url":"${url}","${long}":1}`, /unknown_field/],
  ] as const) {
    const answer = await call(`${bench.url}/v1/jobs`, { headers: json, body });
    assert.equal(answer.status, 400);
    assert.match(answer.body.toString(), code);
    assert.ok(answer.body.length < 2_000, 'the key is not given back');
  }
  await bench.unharmed('J04');
});

test('payloads keep prototype keys and bytes that are no text (J06, J08)', async (t) => {
  const target = await startTarget(t);
  const { library, doors } = await openBench(t);
  const prototypes = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0xc0, 0x80, 0xed, 0xa0, 0x80]);
  for (const body of [Buffer.from(prototypes), bytes]) {
    const { id, done } = await library.send(target.url, { body });
    await done();
    assert.deepEqual(target.arrived.at(-1)?.body, body, id);
  }
  assert.equal('polluted' in {}, false);
  for (const name of ['prototype', 'constructor', '__proto__']) {
    const options = JSON.parse(`{"${name}":{"polluted":1}}`) as Record<string, unknown>;
    assert.equal(await doors.line({ url, options }), 'unknown_field', name);
  }
});

test('a cursor of another filter, an edited and a cut one are refused (I03)', async (t) => {
  const bench = await openBench(t);
  for (let at = 0; at < 3; at++) await bench.library.send(url, { delay: '1h', queue: 'a' });
  const first = await callJson<{ next: string }>(`${bench.url}/v1/jobs?queue=a&limit=1`);
  const { next } = first;
  const page = async (query: string): Promise<string> => {
    const answer = await call(`${bench.url}/v1/jobs?${query}`);
    const { code } = JSON.parse(answer.body.toString()) as { code?: string };
    return `${answer.status} ${code ?? 'page'}`;
  };
  assert.equal(await page(`queue=a&cursor=${next}`), '200 page');
  const edited = `${next.slice(0, -1)}${next.endsWith('0') ? '1' : '0'}`;
  const wrong = [`queue=b&cursor=${next}`, `cursor=${next}`, `queue=a&tag=x&cursor=${next}`];
  for (const cursor of [edited, next.slice(0, -1), `1${next}`, `${next}0`, next.toUpperCase()]) {
    wrong.push(`queue=a&cursor=${cursor}`);
  }
  for (const query of wrong) assert.equal(await page(query), '400 invalid_cursor', query);
  assert.equal(await page(`cursor=${'a'.repeat(1_048_576)}`), '431 headers_too_large');
});

test('what is searched for is text, whatever signs it has (I05)', async (t) => {
  const bench = await openBench(t);
  const signs = ['100%', 'a_b', "it's", '*', '^.$', 'x" OR "1"="1', '; drop table job; --'];
  for (const tag of signs) await bench.library.send(url, { delay: '1h', tags: [tag] });
  const found = async (name: string, value: string): Promise<number> => {
    const query = `${name}=${encodeURIComponent(value)}`;
    return (await callJson<{ jobs: unknown[] }>(`${bench.url}/v1/jobs?${query}`)).jobs.length;
  };
  for (const tag of signs) assert.equal(await found('tag', tag), 1, tag);
  for (const part of ['%', '_', "'", '*', '.*', 'publi_.example', '%example']) {
    assert.equal(await found('tag', part), part === '*' ? 1 : 0, part);
    assert.equal(await found('url', part), 0, part);
  }
  assert.equal((await bench.library.list({ url: 'x'.repeat(10_240) })).jobs.length, 0);
  const long = await call(`${bench.url}/v1/jobs?url=${'x'.repeat(10_240)}`);
  assert.equal(long.status, 414);
});

test('cancel of a job that is under way, over, or unknown has its answer (I07)', async (t) => {
  const bench = await openBench(t);
  const cancel = async (id: string): Promise<string> => {
    const answer = await call(`${bench.url}/v1/jobs/${id}/cancel`, { method: 'POST' });
    const { code, cancelled } = JSON.parse(answer.body.toString()) as Record<string, string>;
    return `${answer.status} ${code ?? cancelled}`;
  };
  const target = await startTarget(t, () => {});
  const { id } = await bench.library.send(target.url);
  await target.atLeast(1);
  assert.equal(await cancel(id), '200 aborted');
  assert.equal(await cancel(id), '409 already_final');
  assert.equal(await cancel('018f0000-0000-7000-8000-000000000001'), '404 not_found');
});
