import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRetry } from './retry-policy.ts';

function refused(code: string, retry: unknown, field: string): void {
  assert.throws(() => checkRetry({ retries: undefined, retry }), { code, field });
}

test('retries can be spaced in four ways', () => {
  const backoff = (retry: unknown): unknown => checkRetry({ retries: undefined, retry });
  assert.deepEqual(backoff({}), checkRetry({ retries: undefined, retry: undefined }));
  assert.deepEqual(backoff({ limit: 3, backoff: 'fixed', base: '10s' }), {
    limit: 3,
    backoff: { kind: 'fixed', delayMs: 10_000 },
  });
  assert.deepEqual(backoff({ delays: ['1s', 0, '5m'] }), {
    limit: 8,
    backoff: { kind: 'list', delaysMs: [1_000, 0, 300_000] },
  });
  assert.deepEqual(backoff({ expression: 'retried * 1000', cap: '1m' }), {
    limit: 8,
    backoff: { kind: 'expression', text: 'retried * 1000', capMs: 60_000 },
  });
  assert.deepEqual(backoff({ base: '2h', factor: 1.5 }), {
    limit: 8,
    backoff: { kind: 'exponential', baseMs: 7_200_000, factor: 1.5, capMs: 7_200_000 },
  });
});

test('a retry policy that contradicts itself is refused', () => {
  assert.throws(() => checkRetry({ retries: 1, retry: {} }), { field: 'retries' });
  refused('invalid_field', 5, 'retry');
  refused('invalid_field', { backoff: 'linear' }, 'retry.backoff');
  refused('invalid_field', { base: '2s', cap: '1s' }, 'retry.cap');
  refused('invalid_field', { backoff: 'fixed', cap: '1s' }, 'retry.cap');
  refused('invalid_field', { delays: [1], base: 1 }, 'retry.base');
  refused('invalid_field', { delays: [] }, 'retry.delays');
  refused('invalid_field', { delays: Array(10_000).fill(1) }, 'retry.delays');
  refused('invalid_field', { expression: '1', factor: 2 }, 'retry.factor');
  refused('invalid_field', { expression: 'x' }, 'retry.expression');
  refused('invalid_field', { expression: 5 }, 'retry.expression');
  refused('invalid_duration', { within: '1' }, 'retry.within');
  refused('invalid_duration', { within: 0 }, 'retry.within');
  refused('invalid_duration', { base: 0 }, 'retry.base');
  refused('invalid_duration', { delays: ['1s', 'x'] }, 'retry.delays[1]');
});

test('a policy keeps its time and its rules', () => {
  const retry = { within: '6h', rules: [{ sent: true, do: 'never' }] };
  const { withinMs, rules } = checkRetry({ retries: undefined, retry });
  assert.deepEqual([withinMs, rules], [21_600_000, [{ isSent: true, do: 'never' }]]);
});
