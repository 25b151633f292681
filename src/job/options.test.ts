import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CheckedJob } from './checked.ts';
import type { HttpTarget } from './job.ts';
import { jobSchema } from './job-schema.ts';
import { checkJob, JOB_FIELDS } from './options.ts';
import { RETRY_FIELDS } from './retry-policy.ts';
import { RULE_FIELDS } from './retry-rule.ts';

const NOW = Date.UTC(2026, 0, 1);
const ID = '0196a9b0-5f5e-7000-8000-0123456789ab';
const url = 'https://api.example/orders?x=1';
const check = (more: Record<string, unknown>): CheckedJob =>
  checkJob({ url, ...more }, { now: NOW, hasBody: false });

function assertRefused(code: string, more: Record<string, unknown>, field?: string): void {
  assert.throws(
    () => check(more),
    (error) => {
      assert.ok(error instanceof SendoffError, String(error));
      assert.equal(error.code, code);
      if (field !== undefined) assert.equal(error.field, field);
      return true;
    },
    JSON.stringify(more).slice(0, 80),
  );
}

function httpOf({ spec }: CheckedJob): HttpTarget {
  assert.equal(spec.target.kind, 'http');
  return spec.target as HttpTarget;
}

test('a URL alone is a job with every default', () => {
  assert.deepEqual(check({}), {
    queue: 'https://api.example',
    priority: 2,
    runAt: NOW,
    expiresAt: NOW + limits.deadlineMs,
    spec: {
      target: { kind: 'http', method: 'GET', url, headers: [] },
      retry: {
        limit: 8,
        backoff: { kind: 'exponential', baseMs: 2_000, factor: 4, capMs: 3_600_000 },
      },
      timeoutMs: limits.attemptMs,
    },
  });
  const posted = checkJob({ url }, { now: NOW, hasBody: true });
  assert.equal(httpOf(posted).method, 'POST');
});

test('every option is understood', () => {
  const job = check({
    method: 'put',
    headers: { 'X-A': ['1', '2'], 'Content-Type': 'text/plain', 'idempotency-key': 'other' },
    id: ID,
    key: 'order 17',
    queue: 'tenant:ä',
    priority: 0,
    delay: '5m',
    startBy: '2026-01-02T00:00:00Z',
    timeout: 1,
    connectTimeout: '3s',
    firstByteTimeout: 4,
    idleTimeout: '1m',
    deadline: '1h',
    retries: 0,
    delivery: 'at-most-once',
    tags: ['a', 'ü'],
  });
  assert.deepEqual(job, {
    id: ID,
    key: 'order 17',
    queue: 'tenant:ä',
    priority: 0,
    runAt: NOW + 300_000,
    expiresAt: NOW + 3_900_000,
    spec: {
      target: {
        kind: 'http',
        method: 'PUT',
        url,
        headers: [
          ['X-A', '1'],
          ['X-A', '2'],
          ['Content-Type', 'text/plain'],
          ['idempotency-key', 'other'],
        ],
      },
      retry: {
        limit: 0,
        backoff: { kind: 'exponential', baseMs: 2_000, factor: 4, capMs: 3_600_000 },
      },
      timeoutMs: 1,
      connectMs: 3_000,
      firstByteMs: 4,
      idleMs: 60_000,
      startByAt: Date.UTC(2026, 0, 2),
      key: 'order 17',
      delivery: 'at-most-once',
      tags: ['a', 'ü'],
    },
  });
});

test('undefined is absent and null is not', () => {
  const absent = Object.fromEntries([...JOB_FIELDS].map((field) => [field, undefined]));
  assert.deepEqual(check({ ...absent, url }), check({}));
  for (const field of JOB_FIELDS) {
    assert.throws(() => check({ [field]: null }), SendoffError, field);
  }
});

test('an instant in the past means now, and startBy may be past', () => {
  assert.equal(check({ at: '2001-01-01T00:00:00Z' }).runAt, NOW);
  assert.equal(check({ at: new Date(NOW + 5) }).runAt, NOW + 5);
  assert.equal(check({ startBy: NOW - 5 }).spec.startByAt, NOW - 5);
});

test('a field that nobody knows is refused with the nearest name', () => {
  const hints: Record<string, string> = {
    retires: 'retries',
    start_by: 'startBy',
    STARTBY: 'startBy',
    dealy: 'delay',
    header: 'headers',
    uri: 'url',
  };
  for (const [field, nearest] of Object.entries(hints)) {
    assert.throws(() => check({ [field]: 1 }), new RegExp(`did you mean \`${nearest}\``), field);
  }
  assert.throws(() => check({ zzz: 1 }), { message: 'Unknown field `zzz`' });
  assertRefused('unknown_field', { retry: { limits: 3 } }, 'retry.limits');
  assert.throws(() => check({ retry: { limits: 3 } }), /did you mean `retry.limit`/);
});

test('names of prototypes are unknown fields and change nothing', () => {
  for (const text of ['{"__proto__": {"delay": 5}}', '{"constructor": 1}', '{"prototype": 1}']) {
    const input = { url, ...JSON.parse(text) } as unknown;
    const parsed = JSON.parse(`{"url": "http://a/", ${text.slice(1)}`) as unknown;
    for (const job of [parsed, text.includes('proto__') ? parsed : input]) {
      assert.throws(
        () => checkJob(job, { now: NOW, hasBody: false }),
        (error) => error instanceof SendoffError && error.code === 'unknown_field',
        text,
      );
    }
  }
  assert.equal(Object.hasOwn(Object.prototype, 'delay'), false);
});

test('what is no object is invalid_json_type', () => {
  for (const input of [null, undefined, [], 'x', 42, new Date(NOW), new Map()]) {
    assert.throws(
      () => checkJob(input, { now: NOW, hasBody: false }),
      (error) => error instanceof SendoffError && error.code === 'invalid_json_type',
    );
  }
});

test('numbers outside their range are refused', () => {
  for (const retries of [-1, 1e9, 2.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assertRefused('number_out_of_range', { retries }, 'retries');
    assertRefused('number_out_of_range', { retry: { limit: retries } }, 'retry.limit');
  }
  for (const priority of [-1, 4, 1.5])
    assertRefused('number_out_of_range', { priority }, 'priority');
  assertRefused('invalid_field', { priority: '1' }, 'priority');
  assertRefused('invalid_field', { retries: '3' }, 'retries');
  assertRefused('number_out_of_range', { retry: { factor: 0.5 } }, 'retry.factor');
});

test('times that contradict each other or the limits are refused', () => {
  assertRefused('invalid_field', { at: NOW + 1, delay: 1 });
  assertRefused('invalid_field', { at: NOW + 5, startBy: NOW + 4 }, 'startBy');
  assertRefused('delay_too_long', { delay: '367d' }, 'delay');
  assertRefused('invalid_duration', { delay: '5' }, 'delay');
  assertRefused('invalid_duration', { timeout: 0 }, 'timeout');
  assertRefused('invalid_duration', { deadline: 0 }, 'deadline');
  assertRefused('invalid_duration', { deadline: '200000d' }, 'deadline');
  for (const field of ['connectTimeout', 'firstByteTimeout', 'idleTimeout']) {
    for (const value of [0, '5', -1, null])
      assertRefused('invalid_duration', { [field]: value }, field);
  }
  assertRefused('invalid_instant', { at: '2026-02-30T00:00:00Z' }, 'at');
  assertRefused('invalid_instant', { startBy: 1_767_225_600 }, 'startBy');
  assert.equal(check({ timeout: '24h' }).spec.timeoutMs, 86_400_000);
});

test('at least once is how it is anyway', () => {
  assert.deepEqual(check({ delivery: 'at-least-once' }), check({}));
  assertRefused('invalid_field', { delivery: 'exactly-once' }, 'delivery');
});

test('names are well-formed text of bounded size', () => {
  for (const field of ['queue', 'key']) {
    for (const value of ['\ud800', 'a\0b', 'a\nb', 'a\u007f']) {
      assertRefused('invalid_text', { [field]: value }, field);
    }
    for (const value of ['', 'x'.repeat(256), 5]) {
      assertRefused('invalid_field', { [field]: value }, field);
    }
  }
  assert.equal(check({ queue: 'x'.repeat(255) }).queue.length, 255);
  assertRefused('invalid_field', { queue: 'ä'.repeat(128) }, 'queue');
  assertRefused('invalid_text', { tags: ['a', 'b\0'] }, 'tags[1]');
  assertRefused('invalid_field', { tags: Array(21).fill('a') }, 'tags');
  assertRefused('invalid_field', { tags: 'a' }, 'tags');
});

test('a key can travel in a header', () => {
  for (const key of ['ž', 'ä', ' a', 'a ']) assertRefused('invalid_field', { key }, 'key');
});

test('headers are a record, pairs, or anything iterable', () => {
  const lines = [['a', '1']];
  for (const headers of [
    { a: '1' },
    { a: ['1'] },
    lines,
    new Map([['a', '1']]),
    new Headers({ a: '1' }),
  ]) {
    assert.deepEqual(httpOf(check({ headers })).headers, lines);
  }
  for (const headers of ['a: 1', 5, [['a']], [['a', 'b', 'c']], ['ab']]) {
    assertRefused('invalid_field', { headers }, 'headers');
  }
  assertRefused('invalid_header_value', { headers: { a: 1 } }, 'a');
  assertRefused('header_not_allowed', { headers: { Host: 'x' } }, 'Host');
  assert.deepEqual(httpOf(check({ headers: JSON.parse('{"__proto__": "x"}') })).headers, [
    ['__proto__', 'x'],
  ]);
});

test('trace context moves from the headers into the spec', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const job = check({
    headers: { a: '1', TraceParent: traceparent, tracestate: ['x=1', 'y=2'] },
  });
  const { spec } = job;
  assert.equal(spec.traceparent, traceparent);
  assert.equal(spec.tracestate, 'x=1,y=2');
  assert.deepEqual(httpOf(job).headers, [['a', '1']]);
});

test('an id is a lower-case UUID', () => {
  assertRefused('invalid_id', { id: ID.toUpperCase() }, 'id');
});

test('the schema describes the fields that are checked', () => {
  interface Described {
    readonly properties: Record<string, unknown>;
    readonly required?: readonly string[];
    readonly additionalProperties: boolean;
  }
  const { Job, Retry, RetryRule } = z.toJSONSchema(jobSchema).$defs as unknown as Record<
    string,
    Described
  >;
  assert.deepEqual(Object.keys(Job?.properties ?? {}), [...JOB_FIELDS]);
  assert.deepEqual(Object.keys(Retry?.properties ?? {}), [...RETRY_FIELDS]);
  assert.deepEqual(Object.keys(RetryRule?.properties ?? {}), [...RULE_FIELDS]);
  assert.deepEqual(Job?.required ?? [], []);
  assert.equal(Job?.additionalProperties, false);
});
