import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailReason, Spec } from '../../job/job.ts';
import type { Settlement } from '../../store/store.ts';
import type { HeldJob } from '../attempts/held-job.ts';
import { forgive } from './forgive.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

function job(more: Partial<HeldJob> = {}, spec: Partial<Spec> = {}): HeldJob {
  const held = { triesUsed: 3, expiresAt: NOW + HOUR, retryUntilAt: undefined, spec, ...more };
  return held as HeldJob;
}

function failed(reason: FailReason): Settlement {
  const until = { settledAt: NOW, keepResponseUntilAt: NOW, keepJobUntilAt: NOW };
  return { seq: 1, attempt: 4, next: { kind: 'final', state: 'failed', reason, ...until } };
}

function nextOf(held: HeldJob, reason: FailReason): Settlement['next'] {
  return forgive(held, { settlement: failed(reason) }, NOW).settlement.next;
}

test('a job that had no try left keeps those that it had', () => {
  for (const reason of ['exhausted', 'unknown'] as const) {
    const next = nextOf(job(), reason);
    assert.ok(next.kind === 'again');
    assert.deepEqual([next.triesUsed, next.expiresAt], [3, NOW + HOUR]);
  }
});

test('a rule that ended it, and its deadline, are final all the same', () => {
  for (const reason of ['rejected', 'expired'] as const) {
    assert.equal(nextOf(job(), reason).kind, 'final');
  }
});

test('what may have arrived is not sent again if it is to arrive at most once', () => {
  const once = job({}, { delivery: 'at-most-once' });
  assert.equal(nextOf(once, 'unknown').kind, 'final');
  assert.equal(nextOf(once, 'exhausted').kind, 'again');
});

test('no retry begins after the time for retries', () => {
  const next = nextOf(job({ retryUntilAt: NOW + 60_000 }), 'exhausted');
  assert.equal(next.kind === 'again' && next.expiresAt, NOW + 60_000);
  assert.equal(nextOf(job({ retryUntilAt: NOW }), 'exhausted').kind, 'final');
});
