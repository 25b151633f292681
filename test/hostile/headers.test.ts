// Headers of the catalogue (H): what no caller may have sent, by each door that takes JSON or
// values, and what becomes of the secrets in those that may.

import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { test } from 'node:test';
import { startTarget } from '../api/ledger-target.ts';
import { callJson } from '../support/call.ts';
import { openBench, refusedAt } from './bench.ts';

const doors = ['jobs', 'line', 'library'] as const;
const url = 'https://public.example/';

const rows: readonly (readonly [
  row: string,
  code: string,
  headers: readonly (readonly [string, string])[],
])[] = [
  ['H02', 'invalid_header_value', valuesOf(['ž', '🎉', 'a\r\nX: y', 'a\nb', 'a\0b', '\u007f'])],
  ['H03', 'invalid_header_name', namesOf(['', 'a b', 'a:', 'a\r', 'a\r\nX', 'é', 'ｘ', '\0'])],
  [
    'H04',
    'header_not_allowed',
    namesOf([
      ...['Host', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Keep-Alive', 'Upgrade'],
      ...['Expect', 'TE', 'Trailer', 'Proxy-Authorization', 'Proxy-Connection', 'HTTP2-Settings'],
    ]),
  ],
  [
    'H05',
    'header_not_allowed',
    namesOf([
      ...['webhook-id', 'Webhook-Timestamp', 'webhook-signature', 'sendoff-attempt'],
      ...['Sendoff-Anything', 'sendoff-hop'],
    ]),
  ],
];

function valuesOf(values: readonly string[]): (readonly [string, string])[] {
  return values.map((value) => ['x-a', value]);
}

function namesOf(names: readonly string[]): (readonly [string, string])[] {
  return names.map((name) => [name, 'secret-value']);
}

test('a header that would break or forge a request is refused (H02-H05)', async (t) => {
  const bench = await openBench(t);
  for (const [row, code, headers] of rows) {
    for (const line of headers) await refusedAt(bench, doors, { url, headers: [line] }, { code });
    await bench.unharmed(row);
  }
});

test('too many or too large headers are refused at every door (H07)', async (t) => {
  const bench = await openBench(t);
  const many = Array.from({ length: 101 }, (_, at) => [`x-${at}`, '1'] as const);
  const large = [['x-a', 'a'.repeat(65_536)]] as const;
  const together = Array.from({ length: 5 }, (_, at) => [`x-${at}`, 'a'.repeat(4_000)] as const);
  for (const headers of [many, large, together]) {
    await refusedAt(bench, doors, { url, headers }, { code: 'headers_too_large' });
  }
  for (const headers of [many, large, together]) {
    await refusedAt(bench, ['to'], { url, headers }, { status: 431, code: 'headers_too_large' });
  }
  await bench.unharmed('H07');
});

test('Accept-Encoding is as asked or identity; nothing is decoded (H08)', async (t) => {
  const squeezed = Buffer.from('1f8b0800000000000003cb482d4a050086a6103604000000', 'hex');
  const target = await startTarget(t, (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(squeezed);
  });
  const { library } = await openBench(t);
  for (const [headers, wanted] of [
    [{}, 'identity'],
    [{ 'Accept-Encoding': 'gzip' }, 'gzip'],
  ] as const) {
    const { id, done } = await library.send(target.url, { headers });
    await done();
    assert.equal(target.arrived.at(-1)?.headers['accept-encoding'], wanted);
    const answer = await library.response(id);
    assert.deepEqual(Buffer.from(await answer!.arrayBuffer()), squeezed);
  }
});

test('secrets in headers are shown to nobody, nor is the store (H09)', async (t) => {
  const bench = await openBench(t);
  const names =
    `Authorization Cookie X-Api-Key X_API_KEY apikey X-Auth-Key Ocp-Apim-Subscription-Key
    X-Access-Token X-CSRFToken X-Client-Secret X-Password X-Hub-Signature-256 X-Auth
    X-Credential X-Session-Id X-Amz-Security-Token`.split(/\s+/);
  const secret = 'canary-4711';
  const headers = [...names.map((name) => [name, secret] as const), ['Accept', 'a/b'] as const];
  const options = { delay: '1h', key: 'order-17' };
  for (const door of ['jobs', 'line', 'library', 'to'] as const) {
    const sent = { url: `${url}${door}`, headers, options: { ...options, key: door } };
    assert.equal(await bench.doors[door](sent), '202');
  }
  const { jobs } = await callJson<{ jobs: { id: string; target: { headers: string[][] } }[] }>(
    `${bench.url}/v1/jobs`,
  );
  assert.equal(jobs.length, 4);
  for (const job of jobs) {
    for (const shown of [job, await callJson(`${bench.url}/v1/jobs/${job.id}`)]) {
      const text = JSON.stringify(shown);
      assert.ok(!text.includes(secret), text);
      assert.ok(text.includes('["Authorization","***"]') && text.includes('"a/b"'), text);
    }
  }
  assert.equal((await stat(bench.store)).mode & 0o777, 0o600);
});

test('templates in values are sent as they are written (H10)', async (t) => {
  const target = await startTarget(t);
  const { doors: all } = await openBench(t);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it must stay text
  const value = '${HOME} {{ 7*7 }} $(id) `id` %{x} <%= y %> #{z}';
  let count = 0;
  for (const name of ['jobs', 'line', 'library', 'to'] as const) {
    assert.equal(await all[name]({ url: target.url, headers: [['X-Template', value]] }), '202');
    const arrived = await target.atLeast(++count);
    assert.equal(arrived[count - 1]?.headers['x-template'], value, name);
  }
});
