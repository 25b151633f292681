import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from './tally.ts';

test('an attempt is counted where its length falls, by what it led to', () => {
  const tally = new Tally();
  tally.hear({ type: 'job.started', at: 0, attempt: 1, waitedMs: 1 });
  tally.hear({ type: 'job.succeeded', at: 0, attempt: 1, durationMs: 7 });
  tally.hear({ type: 'job.succeeded', at: 0, attempt: 1, durationMs: 5 });
  tally.hear({ type: 'job.failed', at: 0, attempt: 1, durationMs: 86_400_000 });
  const { succeeded, failed, retrying } = tally.attempts;
  assert.deepEqual([succeeded.counts[0], succeeded.counts[1], succeeded.sumMs], [1, 1, 12]);
  assert.equal(failed.counts.at(-1), 1);
  assert.equal(
    retrying.counts.reduce((sum, count) => sum + count),
    0,
  );
  assert.equal(tally.waited.counts[0], 1);
  assert.deepEqual(tally.events, { 'job.started': 1, 'job.succeeded': 2, 'job.failed': 1 });
});

test('a job that ends without an attempt is an event and no attempt', () => {
  const tally = new Tally();
  tally.hear({ type: 'job.failed', at: 0, reason: 'expired' });
  assert.deepEqual(tally.events, { 'job.failed': 1 });
  assert.equal(
    tally.attempts.failed.counts.reduce((sum, count) => sum + count),
    0,
  );
});
