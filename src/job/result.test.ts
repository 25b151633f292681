import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../limits.ts';
import type { HeaderLines } from './job.ts';
import type { Outcome } from './outcome.ts';
import type { Judgement } from './result.ts';
import { judge } from './result.ts';

const NOW = Date.UTC(2026, 0, 1);

function answer(status: number, headers: HeaderLines = []): Judgement {
  const body = { body: null, bodyId: null, bodyBytes: 0, isTruncated: false, isIncomplete: false };
  return judge({ kind: 'response', response: { status, headers, ...body } }, NOW);
}

function error(more: Partial<Extract<Outcome, { kind: 'error' }>>): Judgement {
  const plain = { kind: 'error', error: 'refused', detail: 'Refused.', isSent: false } as const;
  return judge({ ...plain, ...more }, NOW);
}

test('each status has its result', () => {
  const retried = new Set([408, 425, 429]);
  for (let status = 100; status <= 599; status++) {
    const isRetry = retried.has(status) || (status >= 500 && status !== 501 && status !== 505);
    const expected = status >= 200 && status < 300 ? 'success' : isRetry ? 'retry' : 'reject';
    assert.equal(answer(status).result, expected, String(status));
    assert.equal(answer(status).status, status);
  }
});

test('a status outside 100 to 599 is rejected', () => {
  assert.equal(answer(600).result, 'reject');
  assert.equal(answer(999).result, 'reject');
});

test('an error is retried unless no later try can help', () => {
  assert.deepEqual(error({ isSent: true }), {
    result: 'retry',
    error: 'refused',
    detail: 'Refused.',
    isSent: true,
  });
  assert.equal(error({ isFinal: true }).result, 'reject');
});

test('Retry-After is read with a retry alone', () => {
  const headers = [['Retry-After', '60']] as const;
  assert.equal(answer(503, headers).notBeforeAt, NOW + 60_000);
  assert.equal(answer(429, [['retry-after', '1e9']]).notBeforeAt, undefined);
  assert.equal(
    answer(503, [['retry-after', '9'.repeat(20)]]).notBeforeAt,
    NOW + limits.retryAfterMs,
  );
  for (const status of [200, 301, 404, 501]) {
    assert.equal('notBeforeAt' in answer(status, headers), false);
  }
});

test('several Retry-After lines are as if absent', () => {
  const judged = answer(503, [
    ['Retry-After', '60'],
    ['Retry-After', '90'],
  ]);
  assert.equal(judged.notBeforeAt, undefined);
});

test('a redirect names its location, cut, escaped and without its query', () => {
  const judged = answer(302, [['Location', 'http://a/\u001b[2J\u202e?token=secret']]);
  assert.equal(judged.error, 'redirect');
  assert.ok(judged.detail?.includes('http://a/\\u001b[2J\\u202e?…'));
  assert.ok(!judged.detail?.includes('secret'));
  const long = answer(307, [['location', `http://a/${'x'.repeat(10_000)}`]]);
  assert.ok(String(long.detail).length < 300);
  assert.equal(answer(304).error, 'redirect');
});

test('a success keeps what was said about its body', () => {
  const response = { status: 200, headers: [], body: null, bodyId: null, bodyBytes: 0 };
  const judged = judge(
    {
      kind: 'response',
      response: { ...response, isTruncated: true, isIncomplete: false },
      detail: 'Cut.',
    },
    NOW,
  );
  assert.deepEqual(judged, { result: 'success', status: 200, isSent: true, detail: 'Cut.' });
});
