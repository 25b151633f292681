import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Backoff, RetryRule, State } from './job.ts';
import type { Judgement } from './result.ts';
import type { AfterAttempt, NextStep, TransitionEvent } from './transition.ts';
import { afterAttempt, transition } from './transition.ts';

const STATES: readonly State[] = ['pending', 'running', 'succeeded', 'failed', 'cancelled'];
const EVENTS: readonly TransitionEvent[] = [
  'start',
  'succeed',
  'reject',
  'retry',
  'give-up',
  'interrupt',
  'cancel',
  'expire',
  'reopen',
];
const NOW = Date.UTC(2026, 0, 1);
const FAR = NOW + 604_800_000;
const failing: Judgement = { result: 'retry', status: 503, error: 'status', isSent: true };

function after(more: Partial<AfterAttempt>): NextStep {
  const backoff: Backoff = { kind: 'list', delaysMs: [1_000, 5_000] };
  return afterAttempt({
    judgement: failing,
    retry: { limit: 2, backoff },
    triesUsed: 0,
    now: NOW,
    expiresAt: FAR,
    random: () => 0.5,
    ...more,
  });
}

test('a final state has no way out but to be reopened', () => {
  for (const state of ['succeeded', 'failed', 'cancelled'] as const) {
    const ways = EVENTS.filter((event) => transition(state, event) !== undefined);
    assert.deepEqual(ways, ['reopen']);
    assert.equal(transition(state, 'reopen'), 'pending');
  }
});

test('only a pending job starts, and only a running one succeeds, is rejected or retried', () => {
  const from = (event: TransitionEvent): State[] =>
    STATES.filter((state) => transition(state, event) !== undefined);
  assert.deepEqual(from('start'), ['pending']);
  for (const event of ['succeed', 'reject', 'retry', 'interrupt'] as const) {
    assert.deepEqual(from(event), ['running']);
  }
  for (const event of ['cancel', 'expire', 'give-up'] as const) {
    assert.deepEqual(from(event), ['pending', 'running']);
  }
});

test('a running job cannot be reopened', () => {
  assert.equal(transition('running', 'reopen'), undefined);
});

test('every state is reached from pending and every walk stays in the table', () => {
  const seen = new Set<State>();
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 30 }), (events) => {
      let state: State = 'pending';
      for (const event of events) {
        state = transition(state, event) ?? state;
        assert.ok(STATES.includes(state));
        seen.add(state);
      }
    }),
    { seed: 1 },
  );
  assert.deepEqual([...seen].sort(), [...STATES].sort());
});

test('a success succeeds and a rejection fails as rejected', () => {
  const success = after({ judgement: { result: 'success', status: 200, isSent: true } });
  assert.deepEqual(success, { kind: 'final', state: 'succeeded' });
  const rejected = after({ judgement: { result: 'reject', status: 404, isSent: true } });
  assert.deepEqual(rejected, { kind: 'final', state: 'failed', reason: 'rejected' });
});

test('what a rule ends without an answer stays unknown, unless nothing went out', () => {
  const ruled = { result: 'reject', error: 'timeout', rule: { do: 'never' } } as const;
  const reason = (isSent: boolean): unknown => {
    const next = after({ judgement: { ...ruled, isSent } });
    return next.kind === 'final' && next.reason;
  };
  assert.deepEqual([reason(true), reason(false)], ['unknown', 'rejected']);
});

test('a retry waits for its backoff, or longer if the target asks', () => {
  assert.deepEqual(after({}), { kind: 'again', runAt: NOW + 1_000, triesUsed: 1 });
  assert.deepEqual(after({ triesUsed: 1 }), { kind: 'again', runAt: NOW + 5_000, triesUsed: 2 });
  const later = after({ judgement: { ...failing, notBeforeAt: NOW + 60_000 } });
  assert.deepEqual(later, { kind: 'again', runAt: NOW + 60_000, triesUsed: 1 });
  const sooner = after({ judgement: { ...failing, notBeforeAt: NOW + 1 } });
  assert.deepEqual(sooner, { kind: 'again', runAt: NOW + 1_000, triesUsed: 1 });
});

test('a retry that would come after the deadline fails as expired', () => {
  const expired = { kind: 'final', state: 'failed', reason: 'expired', clock: 'deadline' };
  assert.deepEqual(after({ expiresAt: NOW + 999 }), expired);
  assert.equal(after({ expiresAt: NOW + 1_000 }).kind, 'again');
});

test('a retry that would come after its time for retries is not made', () => {
  const retryUntilAt = NOW + 999;
  const over = { kind: 'final', state: 'failed', reason: 'exhausted', clock: 'within' };
  assert.deepEqual(after({ retryUntilAt }), over);
  const reset: Judgement = { result: 'retry', error: 'reset', isSent: true };
  assert.deepEqual(after({ retryUntilAt, judgement: reset }), { ...over, reason: 'unknown' });
  assert.equal(after({ retryUntilAt: NOW + 1_000 }).kind, 'again');
  const both = after({ retryUntilAt, expiresAt: retryUntilAt });
  assert.equal(both.kind === 'final' && both.reason, 'expired');
});

test('the rule that decided has its own limit and delays', () => {
  const backoff: Backoff = { kind: 'list', delaysMs: [7] };
  const ruled = (rule: Partial<RetryRule>, triesUsed = 0): NextStep => {
    return after({ judgement: { ...failing, rule: { do: 'retry', ...rule } }, triesUsed });
  };
  assert.deepEqual(ruled({ backoff }), { kind: 'again', runAt: NOW + 7, triesUsed: 1 });
  assert.equal(ruled({ limit: 0 }).kind, 'final');
  assert.equal(ruled({ limit: 3 }, 2).kind, 'again');
  assert.equal(ruled({}, 2).kind, 'final');
});

test('a job that runs at most once is tried again only while no byte went out', () => {
  const isOnce = true;
  const refused: Judgement = { result: 'retry', error: 'refused', isSent: false };
  assert.equal(after({ isOnce, judgement: refused }).kind, 'again');
  const answered = after({ isOnce });
  assert.deepEqual(answered, { kind: 'final', state: 'failed', reason: 'exhausted' });
  const reset = after({ isOnce, judgement: { result: 'retry', error: 'reset', isSent: true } });
  assert.deepEqual(reset, { kind: 'final', state: 'failed', reason: 'unknown' });
});

test('with no try left a job is exhausted, or unknown if its last request got no answer', () => {
  const failed = (judgement: Judgement): unknown => after({ judgement, triesUsed: 2 });
  assert.deepEqual(failed(failing), { kind: 'final', state: 'failed', reason: 'exhausted' });
  assert.deepEqual(failed({ result: 'retry', error: 'reset', isSent: true }), {
    kind: 'final',
    state: 'failed',
    reason: 'unknown',
  });
  assert.deepEqual(failed({ result: 'retry', error: 'refused', isSent: false }), {
    kind: 'final',
    state: 'failed',
    reason: 'exhausted',
  });
});

test('every further try counts one more and has a due time from now to the deadline', () => {
  const backoff: fc.Arbitrary<Backoff> = fc.oneof(
    fc.record({
      kind: fc.constant('exponential' as const),
      baseMs: fc.integer({ min: 1, max: 10_000 }),
      factor: fc.double({ min: 1, max: 100, noNaN: true }),
      capMs: fc.integer({ min: 1, max: 1e9 }),
    }),
    fc.record({ kind: fc.constant('fixed' as const), delayMs: fc.nat() }),
    fc.record({
      kind: fc.constant('list' as const),
      delaysMs: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    }),
  );
  const input = fc.record({
    judgement: fc.record(
      {
        result: fc.constantFrom('success' as const, 'retry' as const, 'reject' as const),
        isSent: fc.boolean(),
        notBeforeAt: fc.integer({ min: NOW, max: NOW + 864e5 }),
        status: fc.constant(503),
      },
      { requiredKeys: ['result', 'isSent'] },
    ),
    retry: fc.record({ limit: fc.nat(1_000), backoff }),
    triesUsed: fc.nat(1_000),
    now: fc.constant(NOW),
    expiresAt: fc.integer({ min: NOW - 1e6, max: FAR }),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((n) => () => n),
  });
  fc.assert(
    fc.property(input, (given) => {
      const next = afterAttempt(given);
      if (next.kind === 'final') return assert.notEqual(next.state, 'cancelled');
      assert.equal(given.judgement.result, 'retry');
      assert.equal(next.triesUsed, given.triesUsed + 1);
      assert.ok(next.triesUsed <= given.retry.limit);
      assert.ok(Number.isFinite(next.runAt) && next.runAt >= NOW && next.runAt <= given.expiresAt);
    }),
  );
});
