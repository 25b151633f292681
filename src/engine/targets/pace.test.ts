import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../limits.ts';
import { Pace, type PaceEnd } from './pace.ts';

const SEEDS = [1, 2, 3];
const LATENCIES_MS = [5, 300];

/** Whether a target takes the request that comes at this instant. */
type Rule = (now: number) => boolean;

function fixedWindow(most: number, ms = 1_000): Rule {
  let window = -1;
  let count = 0;
  return (now) => {
    const current = Math.floor(now / ms);
    if (current !== window) count = 0;
    window = current;
    return ++count <= most;
  };
}

function slidingWindow(most: number): Rule {
  const taken: number[] = [];
  return (now) => {
    while (taken.length > 0 && (taken[0] as number) <= now - 1_000) taken.shift();
    if (taken.length < most) taken.push(now);
    return taken.at(-1) === now;
  };
}

function tokenBucket(perSecond: number, burst: number): Rule {
  let tokens = burst;
  let at = 0;
  return (now) => {
    tokens = Math.min(burst, tokens + ((now - at) * perSecond) / 1_000);
    at = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}

interface World {
  readonly rule: Rule;
  readonly latencyMs: number;
  readonly seconds: number;
  readonly seed?: number;
  readonly refusedAs?: PaceEnd['kind'];
  readonly pace?: Pace;
  readonly from?: number;
}

interface Second {
  accepted: number;
  refused: number;
}

/** Endless jobs, 100 connections, timers that come late, answers that take more or less long. */
function simulate(world: World): Second[] {
  const { rule, latencyMs, seconds, pace = new Pace(), from = 0 } = world;
  const random = randomFrom(world.seed ?? 1);
  const result: Second[] = [];
  let open: { readonly at: number; readonly startedAt: number; readonly isTaken: boolean }[] = [];
  for (let now = from; now < from + seconds * 1_000; now++) {
    result[Math.floor((now - from) / 1_000)] ??= { accepted: 0, refused: 0 };
    const second = result.at(-1) as Second;
    for (const { at, startedAt, isTaken } of open) {
      if (at > now) continue;
      second[isTaken ? 'accepted' : 'refused']++;
      pace.end({ kind: isTaken ? 'accepted' : (world.refusedAs ?? 'refused'), startedAt }, now);
    }
    open = open.filter(({ at }) => at > now);
    if (random() < 0.3) continue;
    while (open.length < 100 && isOpen(pace, now)) {
      pace.begin(now);
      const isTaken = rule(now + latencyMs / 2);
      const at = now + 1 + Math.round(latencyMs * (0.8 + 0.4 * random()));
      open.push({ at, startedAt: now, isTaken });
    }
  }
  return result;
}

function isOpen(pace: Pace, now: number): boolean {
  return pace.opensAt(now) <= now;
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function sums(seconds: readonly Second[]): { accepted: number; refusedShare: number } {
  const accepted = seconds.reduce((sum, second) => sum + second.accepted, 0);
  const refused = seconds.reduce((sum, second) => sum + second.refused, 0);
  return { accepted, refusedShare: refused / (accepted + refused) };
}

const rules: Readonly<Record<string, () => Rule>> = {
  'fixed windows': () => fixedWindow(20),
  'sliding windows': () => slidingWindow(20),
  'a bucket of 5': () => tokenBucket(20, 5),
  'a bucket of 20': () => tokenBucket(20, 20),
  'a bucket of 100': () => tokenBucket(20, 100),
  'a bucket of 400': () => tokenBucket(20, 400),
};

describe('a target that refuses above 20/s gets 90 % of it, and refuses under 2 %', () => {
  for (const [name, rule] of Object.entries(rules)) {
    for (const latencyMs of LATENCIES_MS) {
      test(`after 30 s, by ${name}, answering in ${latencyMs} ms`, () => {
        for (const seed of SEEDS) {
          const run = simulate({ rule: rule(), latencyMs, seconds: 150, seed });
          for (const [from, until] of [
            [30, 60],
            [30, 150],
          ] as const) {
            const { accepted, refusedShare } = sums(run.slice(from, until));
            assert.ok(refusedShare < 0.02, `${refusedShare} refused, seed ${seed}`);
            assert.ok(accepted >= 0.9 * 20 * (until - from), `${accepted} taken, seed ${seed}`);
          }
        }
      });
    }
  }
});

test('other rates are found as well, and 503 among successes speaks of a rate too', () => {
  for (const perSecond of [3, 100, 300]) {
    const run = simulate({ rule: fixedWindow(perSecond), latencyMs: 50, seconds: 120 });
    const { accepted, refusedShare } = sums(run.slice(30));
    assert.ok(refusedShare < 0.02, `${refusedShare} refused at ${perSecond}/s`);
    assert.ok(accepted >= 0.9 * perSecond * 90, `${accepted} taken at ${perSecond}/s`);
  }
  const busy = simulate({ rule: fixedWindow(20), latencyMs: 50, seconds: 60, refusedAs: 'busy' });
  assert.ok(sums(busy.slice(30)).refusedShare < 0.02);
});

test('a limit that rises is found out, and one that is gone is forgotten', () => {
  const pace = new Pace();
  simulate({ rule: fixedWindow(20), latencyMs: 5, seconds: 60, pace });
  const raised = { rule: fixedWindow(80), latencyMs: 5, seconds: 180, pace, from: 60_000 };
  assert.ok(sums(simulate(raised).slice(150)).accepted >= 0.8 * 80 * 30);
  simulate({ rule: () => true, latencyMs: 5, seconds: 400, pace, from: 240_000 });
  assert.equal(pace.rate, Number.POSITIVE_INFINITY);
});

test('a limit that falls to a fifth costs few refusals', () => {
  const pace = new Pace();
  simulate({ rule: fixedWindow(50), latencyMs: 5, seconds: 60, pace });
  const after = simulate({ rule: fixedWindow(10), latencyMs: 5, seconds: 60, pace, from: 60_000 });
  assert.ok(sums(after.slice(10)).refusedShare < 0.03);
  assert.ok(sums(after).accepted >= 0.8 * 10 * 60);
});

test('a quota of 100 a minute is not hammered once it is used up', () => {
  const run = simulate({ rule: fixedWindow(100, 60_000), latencyMs: 50, seconds: 600 });
  const { accepted } = sums(run);
  assert.ok(accepted >= 0.6 * 1_000, `${accepted} taken`);
  const refused = run.slice(60).reduce((sum, second) => sum + second.refused, 0);
  assert.ok(refused < 100, `${refused} refused in nine minutes`);
});

test('while everything is refused, one attempt at a time finds out, ever further apart', () => {
  const run = simulate({ rule: () => false, latencyMs: 5, seconds: 300 });
  assert.equal(run[0]?.refused, 100, 'the flood that was under way');
  const refused = run.slice(1).reduce((sum, second) => sum + second.refused, 0);
  assert.ok(refused >= 4 && refused <= 12, `${refused} refused`);
});

test('while everything is refused an attempt that takes long does not hold all others', () => {
  const pace = new Pace();
  pace.begin(0);
  pace.end({ kind: 'refused', startedAt: 0 }, 1);
  assert.equal(isOpen(pace, 1_001), false);
  assert.equal(isOpen(pace, 2_001), true);
  pace.begin(2_002);
  assert.equal(pace.opensAt(2_003), 2_002 + limits.paceHoldMostMs);
  assert.equal(isOpen(pace, 2_002 + limits.paceHoldMostMs), true);
});

test('nothing is learned from successes, failures and a 503 among nothing else', () => {
  const pace = new Pace();
  for (const kind of ['accepted', 'failed', 'busy', 'busy'] as const) {
    pace.begin(0);
    pace.end({ kind, startedAt: 0 }, 5);
  }
  assert.equal(isOpen(pace, 5), true);
  assert.equal(pace.isPlain(5), true);
});

test('answers to what began before a change are old news', () => {
  const pace = new Pace();
  for (let n = 0; n < 40; n++) pace.begin(0);
  for (let n = 0; n < 20; n++) pace.end({ kind: 'accepted', startedAt: 0 }, 100);
  pace.end({ kind: 'refused', startedAt: 0 }, 100);
  assert.equal(pace.opensAt(100), 100 + limits.paceHoldMs);
  for (let n = 0; n < 10; n++) pace.end({ kind: 'refused', startedAt: 0 }, 200);
  assert.equal(isOpen(pace, 1_100), true);
  const { rate } = pace;
  assert.ok(rate > 20 && rate < 30, `${rate}`);
  for (let n = 0; n < 9; n++) pace.end({ kind: 'refused', startedAt: 0 }, 1_200);
  assert.equal(pace.rate, rate);
});

test('what the target declares is believed for the first guess', () => {
  const pace = new Pace();
  pace.begin(0);
  pace.begin(0);
  pace.end({ kind: 'accepted', startedAt: 0 }, 5);
  pace.end({ kind: 'refused', startedAt: 0, perSecond: 10 }, 5);
  pace.opensAt(2_000);
  assert.equal(pace.rate, 9.5);
});

test('a target that takes no more for a moment is left alone for it, no rate is learned', () => {
  const pace = new Pace();
  pace.begin(0);
  pace.end({ kind: 'accepted', startedAt: 0, emptyMs: 2_000 }, 10);
  assert.equal(pace.opensAt(10), 2_010);
  assert.equal(isOpen(pace, 2_010), true);
  pace.begin(2_010);
  pace.end({ kind: 'accepted', startedAt: 2_010, emptyMs: 3_600_000 }, 2_020);
  assert.equal(isOpen(pace, 2_020), true);
});

test('a clock that is set back an hour stops nothing', () => {
  const pace = new Pace();
  simulate({ rule: fixedWindow(20), latencyMs: 5, seconds: 60, pace, from: 3_600_000 });
  const after = simulate({ rule: fixedWindow(20), latencyMs: 5, seconds: 60, pace });
  assert.ok(sums(after).accepted >= 0.9 * 20 * 60);
});
