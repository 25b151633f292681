// The judge must have teeth: each fault that it counts is planted once.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AttemptView, JobView } from '../../src/sendoff.ts';
import { joinLedgers } from './books.ts';
import { type Faults, judge, type Verdict } from './judge.ts';
import type { ClientLine, TargetLine } from './ledger.ts';
import type { Seen } from './look.ts';

const ID = '01a20308-9508-7746-940f-3037a368dea2';
const SENT = 'fingerprint of the request';
const GIVEN = 'fingerprint of the answer';

describe('one job that went well', () => {
  test('has no fault', () => {
    assert.deepEqual(faultsOf(verdict({})), []);
  });

  test('once more after an interrupted attempt is a duplicate within the bound', () => {
    const found = verdict({ target: [...done(1), ...done(2)], attempts: [cut(1), success(2)] });
    assert.deepEqual(faultsOf(found), []);
    assert.deepEqual([found.duplicates, found.interrupted], [1, 1]);
  });
});

describe('a planted fault is found:', () => {
  const planted: readonly (readonly [keyof Faults, string, Planted])[] = [
    ['lost', 'the server knows no such job', { seen: null, target: [] }],
    ['lost', 'it says success, nothing arrived', { target: [] }],
    ['lost', 'it says success, the target was never done', { target: [arrived(1)] }],
    ['lost', 'it failed for no reason of its options', { job: { state: 'failed' } }],
    ['lost', 'it is called poison without four deaths', { job: failed('poison') }],
    ['altered', 'the target got other bytes', { target: done(1, { fingerprint: 'other' }) }],
    ['altered', 'its answer is given back with other bytes', { given: 'other' }],
    ['altered', 'its answer is gone', { given: undefined }],
    ['stuck', 'it is not settled', { job: { state: 'pending', settledAt: undefined } }],
    ['unrecorded', 'an attempt is not in the record', { target: [...done(1), arrived(2)] }],
    ['unrecorded', 'one attempt arrived twice', { target: [...done(1), arrived(1)] }],
    ['unexplained', 'done twice, nothing interrupted', twice()],
    ['leaked', 'refused, and it arrived', { client: [attempted(), refused()] }],
    ['leaked', 'two ids for one job', { client: [attempted(), acked(ID), acked('other')] }],
    ['leaked', 'it arrived and was never handed over', { target: [...done(1), stranger()] }],
    ['early', 'it arrived before its delay was over', { client: [attempted(500), acked(ID)] }],
  ];
  for (const [fault, what, plant] of planted) {
    test(`${fault}: ${what}`, () => {
      assert.ok(faultsOf(verdict(plant)).includes(fault), JSON.stringify(verdict(plant)));
    });
  }
});

interface Planted {
  readonly client?: readonly ClientLine[];
  readonly target?: readonly TargetLine[];
  readonly job?: Readonly<Record<string, unknown>>;
  readonly attempts?: readonly AttemptView[];
  readonly given?: string | undefined;
  readonly seen?: null;
}

function verdict(planted: Planted): Verdict {
  const { client = [attempted(), acked(ID)], target = done(1), attempts = [success(1)] } = planted;
  const settledAt = '2026-01-01T00:00:01.000Z';
  const job = { state: 'succeeded', settledAt, ...planted.job } as JobView;
  const answerFingerprint = 'given' in planted ? planted.given : GIVEN;
  const seen: Seen = planted.seen === null ? null : { job, attempts, answerFingerprint };
  return judge(joinLedgers(client, target), new Map([[ID, seen]]));
}

function faultsOf({ faults }: Verdict): string[] {
  const found = Object.entries<readonly string[]>({ ...faults });
  return found.filter(([, tokens]) => tokens.length > 0).map(([name]) => name);
}

function attempted(delayMs = 0): ClientLine {
  return { kind: 'attempted', token: 't', at: 1_000, fingerprint: SENT, delayMs, fate: 'succeed' };
}

function acked(id: string): ClientLine {
  return { kind: 'acked', token: 't', id };
}

function refused(): ClientLine {
  return { kind: 'refused', token: 't', status: 400, code: 'number_out_of_range' };
}

function arrived(attempt: number, token = 't'): TargetLine {
  return { kind: 'arrived', arrival: attempt, at: 1_100, token, key: ID, attempt };
}

function stranger(): TargetLine {
  return arrived(9, 'never handed over');
}

function done(attempt: number, more: { readonly fingerprint?: string } = {}): TargetLine[] {
  const handled = { fingerprint: SENT, answerFingerprint: GIVEN, ...more };
  return [arrived(attempt), { kind: 'handled', arrival: attempt, handling: 'done', ...handled }];
}

function twice(): Planted {
  return { target: [...done(1), ...done(2)], attempts: [attempt(1, 'retry'), success(2)] };
}

function success(number: number): AttemptView {
  return attempt(number, 'success');
}

function cut(number: number): AttemptView {
  return attempt(number, 'interrupted');
}

function attempt(number: number, result: AttemptView['result']): AttemptView {
  return { number, result, startedAt: '2026-01-01T00:00:00.000Z' };
}

function failed(reason: string): Record<string, unknown> {
  return { state: 'failed', reason };
}
