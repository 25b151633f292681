// Durations, instants and numbers of the catalogue (D): as JSON, as a header, by the library.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { startTarget } from '../api/ledger-target.ts';
import { call, callJson } from '../support/call.ts';
import { openBench, refusedAt } from './bench.ts';

const url = 'https://public.example/';
const everyDoor = ['jobs', 'line', 'to', 'library'] as const;

type Options = Readonly<Record<string, unknown>>;

/** The same options, the same refusal, whichever door they come through. */
const rows: readonly (readonly [row: string, code: string, options: readonly Options[]])[] = [
  [
    'D01',
    'invalid_duration',
    each('delay', ['-1', 'NaN', 'Infinity', '1e30', '5', '5 parsecs', '1.5.2s', '+5m', '-5m']),
  ],
  ['D03', 'delay_too_long', [{ delay: '367d' }, { at: '9999-12-31T23:59:59Z' }]],
  [
    'D04',
    'invalid_instant',
    each('at', [
      ...['0001-01-01T00:00:00Z', '10000-01-01T00:00:00Z', '+275761-01-01T00:00:00Z'],
      ...['2025-02-30T00:00:00Z', '2030-01-01T24:00:00Z', '2030-12-31T23:59:60Z'],
      ...['2030-01-01T00:00:00', '2030-01-01', 'tomorrow', '2030-01-01 00:00:00Z'],
    ]),
  ],
  ['D04', 'invalid_instant', each('startBy', ['2025-02-30T00:00:00Z', '1767225600'])],
  ['D06', 'number_out_of_range', each('retries', [-1, 1_000_000_000, 2.5])],
  ['D06', 'invalid_duration', [{ retry: { base: 0 } }]],
  [
    'D06',
    'invalid_field',
    [
      { retry: { base: '2s', cap: '1s' } },
      { retry: { delays: [] } },
      { retry: { delays: Array(400).fill(1) } },
    ],
  ],
  ['D06', 'number_out_of_range', [{ retry: { factor: 0 } }, { priority: 4 }]],
  ['D07', 'invalid_duration', each('timeout', ['0s', '0', 'soon', '-1s', '15'])],
];

function each(name: string, values: readonly unknown[]): Options[] {
  return values.map((value) => ({ [name]: value }));
}

test('a time or number that nobody could mean has one refusal (D01-D07)', async (t) => {
  const bench = await openBench(t);
  for (const [row, code, list] of rows) {
    for (const options of list) await refusedAt(bench, everyDoor, { url, options }, { code });
    await bench.unharmed(row);
  }
});

test('numbers that only JSON or the library brings are refused (D01, D04, D06)', async (t) => {
  const bench = await openBench(t);
  const doors = ['jobs', 'line', 'library'] as const;
  for (const delay of [-1, 1e30, '', true, [5], {}]) {
    await refusedAt(bench, doors, { url, options: { delay } }, { code: 'invalid_duration' });
  }
  // Seconds where milliseconds are meant.
  for (const at of [1_893_456_000, -1, 1e30]) {
    await refusedAt(bench, doors, { url, options: { at } }, { code: 'invalid_instant' });
  }
  const delays = Array(10_000).fill(1);
  const long = { url, options: { retry: { delays } } };
  await refusedAt(bench, doors, long, { code: 'invalid_field' });
  for (const delay of [Number.NaN, Number.POSITIVE_INFINITY]) {
    await refusedAt(bench, ['library'], { url, options: { delay } }, { code: 'invalid_duration' });
  }
  await bench.unharmed('D');
});

test('numbers beyond JSON are refused as text (D01)', async (t) => {
  const bench = await openBench(t);
  for (const [value, code] of [
    ['NaN', 'invalid_json'],
    ['Infinity', 'invalid_json'],
    ['1e400', 'invalid_duration'],
    ['+5', 'invalid_json'],
  ] as const) {
    const body = `{"url":"${url}","delay":${value}}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await call(`${bench.url}/v1/jobs`, { headers, body });
    const problem = JSON.parse(answer.body.toString()) as { code: string };
    assert.deepEqual([answer.status, problem.code], [400, code], value);
  }
  await bench.unharmed('D01');
});

test('a delay that overflows a timer is no earlier, and sends nothing (D02)', async (t) => {
  const bench = await openBench(t);
  const before = Date.now();
  const day = 86_400_000;
  for (const delay of ['25d', '50d', '366d']) {
    const job = { url: `http://127.0.0.1:${bench.target.port}/`, options: { delay } };
    for (const name of everyDoor) assert.equal(await bench.doors[name](job), '202');
  }
  // When this one arrives, the engine's timer has slept its longest sleep and looked again.
  const soon = await startTarget(t);
  const sent = await bench.library.send(soon.url, { delay: limits.sleepMs + 100 });
  await sent.done();
  const { jobs } = await callJson<{ jobs: { state: string; waiting: string; runAt: string }[] }>(
    `${bench.url}/v1/jobs`,
  );
  const waits = jobs.filter(({ state }) => state === 'pending');
  assert.equal(waits.length, 12);
  for (const { state, waiting, runAt } of waits) {
    assert.deepEqual([state, waiting], ['pending', 'delay']);
    assert.ok(Date.parse(runAt) >= before + 25 * day);
  }
  assert.equal(bench.target.connections(), 0);
});

test('the past means now, and timeouts may be tiny or huge (D04, D07)', async (t) => {
  const bench = await openBench(t);
  const fine: Options[] = [
    { at: '1970-01-01T00:00:00Z' },
    { at: '2001-01-01T00:00:00+00:00' },
    { timeout: '1ms', delay: '1h' },
    { timeout: '24h' },
    { timeout: '3000d' },
  ];
  for (const options of fine) {
    for (const name of everyDoor) {
      assert.equal(await bench.doors[name]({ url: 'http://nowhere.invalid/', options }), '202');
    }
  }
  const at = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, '');
  const instants = [];
  for (const zone of ['Z', '+00:00', '-00:00']) {
    const { runAt } = await bench.library.send(url, { at: `${at}${zone}` });
    instants.push(runAt);
  }
  assert.equal(new Set(instants).size, 1);
});
