import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderLines } from './job.ts';
import { takeTraceContext } from './trace-context.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('headers without trace context come back as they are', () => {
  const headers: HeaderLines = [['a', '1']];
  assert.equal(takeTraceContext(headers).headers, headers);
});

test('a valid traceparent is kept, of a later version too', () => {
  assert.equal(takeTraceContext([['traceparent', PARENT]]).traceparent, PARENT);
  const later = `cc${PARENT.slice(2)}-more`;
  assert.equal(takeTraceContext([['Traceparent', later]]).traceparent, later);
});

test('what breaks the standard is dropped, state included', () => {
  const broken = [
    `ff${PARENT.slice(2)}`,
    `${PARENT}-more`,
    PARENT.toUpperCase(),
    PARENT.replace(/4bf\w+/, '0'.repeat(32)),
    PARENT.replace('00f067aa0ba902b7', '0'.repeat(16)),
    'junk',
    '',
  ];
  for (const parent of broken) {
    const taken = takeTraceContext([
      ['traceparent', parent],
      ['tracestate', 'a=1'],
      ['b', '2'],
    ]);
    assert.deepEqual(taken, { headers: [['b', '2']] }, parent);
  }
});

test('two traceparents are none, and too long a state is dropped alone', () => {
  const twice: HeaderLines = [
    ['traceparent', PARENT],
    ['traceparent', PARENT],
  ];
  assert.deepEqual(takeTraceContext(twice), { headers: [] });
  const long = takeTraceContext([
    ['traceparent', PARENT],
    ['tracestate', `a=${'x'.repeat(512)}`],
  ]);
  assert.deepEqual(long, { headers: [], traceparent: PARENT });
});
