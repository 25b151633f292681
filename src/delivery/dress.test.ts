import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from '../clock.ts';
import type { HttpTarget } from '../job/job.ts';
import type { Attempt } from './deliverer.ts';
import { plain } from './dress.ts';
import { attemptOf } from './target/attempt.ts';

const wear = { clock: systemClock, userAgent: 'sendoff/0' };

function worn(
  headers: [string, string][],
  more: Partial<Attempt<HttpTarget>> = {},
): Record<string, string> {
  const lines = plain(attemptOf('http://a/', { headers }, more), wear);
  return Object.fromEntries(lines.map(([name, value]) => [name.toLowerCase(), value]));
}

test("the caller's own lines win, in any spelling", () => {
  const headers: [string, string][] = [
    ['Idempotency-Key', 'mine'],
    ['Accept-Encoding', 'br'],
    ['USER-AGENT', 'curl'],
  ];
  const lines = plain(attemptOf('http://a/', { headers }), wear);
  assert.deepEqual(lines.slice(0, 3), headers);
  assert.deepEqual(
    lines.slice(3).map(([name]) => name),
    ['traceparent', 'sendoff-attempt', 'sendoff-deadline'],
  );
});

test("the caller's trace goes on with a fresh span", () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${trace}-b7ad6b7169203331-01`;
  for (const given of [
    worn([], { traceparent, tracestate: 'a=b' }),
    worn([['TraceParent', traceparent]], { tracestate: 'a=b' }),
  ]) {
    assert.match(given.traceparent!, new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    assert.doesNotMatch(given.traceparent!, /b7ad6b7169203331/);
    assert.equal(given.tracestate, 'a=b');
  }
  const again = worn([], { traceparent }).traceparent;
  assert.notEqual(worn([], { traceparent }).traceparent, again);
});

test('a trace that nobody could continue is replaced by one of the job', () => {
  const zeros = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
  for (const traceparent of ['', 'x', zeros, `ff-${'a'.repeat(32)}-b7ad6b7169203331-01`]) {
    const given = worn([], { traceparent, tracestate: 'a=b' });
    assert.match(given.traceparent!, /^00-01a2027949af70d89b70919ca2b87a57-[0-9a-f]{16}-00$/);
    assert.equal(given.tracestate, undefined);
  }
  assert.match(worn([], { jobId: 'odd' }).traceparent!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test('the number of the attempt and the time it has are told', () => {
  const told = worn([], { number: 12, timeoutMs: 1_500 });
  assert.deepEqual([told['sendoff-attempt'], told['sendoff-deadline']], ['12', '1500']);
});
