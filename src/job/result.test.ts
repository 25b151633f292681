import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../limits.ts';
import type { HeaderLines, RetryRule } from './job.ts';
import type { Outcome } from './outcome.ts';
import type { Judgement } from './result.ts';
import { judge } from './result.ts';

const NOW = Date.UTC(2026, 0, 1);

function answer(
  status: number,
  headers: HeaderLines = [],
  rules: readonly RetryRule[] = [],
): Judgement {
  const body = { body: null, bodyId: null, bodyBytes: 0, isTruncated: false, isIncomplete: false };
  return judge({ kind: 'response', response: { status, headers, ...body } }, NOW, rules);
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

test('rules make final what is retried and retry what is final, and never touch a success', () => {
  const rules: RetryRule[] = [
    { statuses: [[404, 404]], do: 'retry' },
    { statuses: [[500, 599]], do: 'never' },
    { do: 'never' },
  ];
  assert.equal(answer(404, [], rules).result, 'retry');
  assert.equal(answer(503, [], rules).result, 'reject');
  assert.equal(answer(408, [], rules).result, 'reject');
  for (const status of [200, 204, 299]) assert.equal(answer(status, [], rules).result, 'success');
  assert.equal(answer(404, [], rules).rule, rules[0]);
});

test('an error that is final may be retried by a rule', () => {
  const rules: RetryRule[] = [{ errors: ['policy'], do: 'retry' }];
  const outcome: Outcome = {
    ...{ kind: 'error', error: 'address_not_allowed', detail: 'No.', isSent: false },
    isFinal: true,
  };
  assert.equal(judge(outcome, NOW).result, 'reject');
  assert.equal(judge(outcome, NOW, rules).result, 'retry');
});

test('Retry-After counts for what a rule retries, and holds the queue back in any case', () => {
  const headers = [['retry-after', '60']] as const;
  const again = answer(404, headers, [{ statuses: [[404, 404]], do: 'retry' }]);
  assert.deepEqual([again.notBeforeAt, again.holdUntilAt], [NOW + 60_000, NOW + 60_000]);
  const never = answer(429, headers, [{ statuses: [[429, 429]], do: 'never' }]);
  assert.deepEqual([never.result, never.notBeforeAt], ['reject', undefined]);
  assert.equal(never.holdUntilAt, NOW + 60_000);
});

test('a target may refuse further tries, whatever the rules say', () => {
  const headers = [['Sendoff-Retry', 'never']] as const;
  const judged = answer(503, headers, [{ do: 'retry', limit: 99 }]);
  assert.deepEqual([judged.result, judged.rule], ['reject', undefined]);
  assert.equal(judged.detail, 'The target answered 503; it asked for no further try');
  assert.equal(answer(200, headers).result, 'success');
});

test('a target may ask for another try later, unless a rule forbids it', () => {
  const headers = [['sendoff-retry', 'after=30s']] as const;
  for (const status of [503, 404, 302]) {
    const judged = answer(status, headers);
    assert.deepEqual([judged.result, judged.notBeforeAt], ['retry', NOW + 30_000]);
    assert.equal(judged.holdUntilAt, undefined);
  }
  assert.equal(answer(503, headers, [{ do: 'never' }]).result, 'reject');
  const both = answer(503, [...headers, ['retry-after', '60']]);
  assert.deepEqual([both.notBeforeAt, both.holdUntilAt], [NOW + 60_000, NOW + 60_000]);
  const longer = answer(503, [
    ['sendoff-retry', 'after=2m'],
    ['retry-after', '60'],
  ]);
  assert.deepEqual([longer.notBeforeAt, longer.holdUntilAt], [NOW + 120_000, NOW + 60_000]);
});

test('junk in Sendoff-Retry changes nothing', () => {
  for (const value of ['now', 'after=30', 'never; really', '']) {
    assert.deepEqual(answer(503, [['sendoff-retry', value]]), answer(503));
    assert.deepEqual(answer(404, [['sendoff-retry', value]]), answer(404));
  }
});
