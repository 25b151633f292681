import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobOutcome } from '../engine/engine.ts';
import { groupResult } from './group-result.ts';

const at = '2026-01-02T03:04:05.000Z';

function pruned(state: 'succeeded' | 'failed'): JobOutcome {
  const target = { kind: 'http', method: 'GET', url: 'http://a.test/', headers: [], bodyBytes: 0 };
  const instants = { createdAt: at, runAt: at, settledAt: at };
  const job = { id: 'x', state, queue: 'q', target, tags: [], attempts: 1, ...instants } as const;
  const reasoned = state === 'failed' ? { ...job, reason: 'rejected' } : job;
  return { id: 'x', answer: { kind: 'pruned', job: reasoned } } as JobOutcome;
}

test('a failure whose answer is no longer kept is a result without one', () => {
  const result = groupResult('a', pruned('failed'));
  assert.ok(!result.ok && result.state === 'failed');
  assert.deepEqual([result.reason, result.response], ['rejected', undefined]);
});

test('a success whose answer is no longer kept says so when it is looked at', () => {
  const result = groupResult('a', pruned('succeeded'));
  assert.ok(result.ok);
  assert.throws(() => result.response, { code: 'response_pruned' });
});
