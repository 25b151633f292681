import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Crowding } from './crowding.ts';

interface World {
  readonly crowding: Crowding;
  readonly seconds: number;
  readonly from?: number;
  /** When an attempt that begins now ends. */
  readonly endOf: (now: number, running: number) => number;
  /** Attempts that are wanted at once. */
  readonly wanted: (now: number) => number;
}

/** Returns the answers of each second. */
function simulate({ crowding, seconds, from = 0, endOf, wanted }: World): number[] {
  const answers: number[] = [];
  let open: { readonly at: number; readonly startedAt: number }[] = [];
  for (let now = from; now < from + seconds * 1_000; now += 5) {
    const ended = open.filter(({ at }) => at <= now);
    open = open.filter(({ at }) => at > now);
    for (const { startedAt } of ended) crowding.end(true, startedAt, now);
    const second = Math.floor((now - from) / 1_000);
    answers[second] = (answers[second] ?? 0) + ended.length;
    while (open.length < wanted(now) && crowding.isOpen()) {
      crowding.begin(now);
      open.push({ at: endOf(now, open.length), startedAt: now });
    }
  }
  for (const { startedAt } of open) crowding.end(false, startedAt, from + seconds * 1_000);
  return answers;
}

function sum(answers: readonly number[]): number {
  return answers.reduce((all, one) => all + one, 0);
}

/** Few attempts first, then as many as are allowed. */
const rising = (now: number): number => (now < 20_000 ? 2 : 100);

/** A target that works on so many requests at once; the rest stands in line there. */
function servers(count: number, workMs: number): (now: number) => number {
  const freeAt = Array.from({ length: count }, () => 0);
  return (now) => {
    const next = freeAt.indexOf(Math.min(...freeAt));
    freeAt[next] = Math.max(now, freeAt[next] as number) + workMs;
    return freeAt[next];
  };
}

test('a target that always takes 20 s is sent as much as ever', () => {
  const crowding = new Crowding(100);
  simulate({ crowding, seconds: 600, endOf: (now) => now + 20_000, wanted: rising });
  assert.equal(crowding.limit, Number.POSITIVE_INFINITY);
});

test('what only stands in line at the target stays here, and as much gets done', () => {
  const crowding = new Crowding(100);
  const answers = simulate({ crowding, seconds: 300, endOf: servers(8, 100), wanted: rising });
  assert.ok(crowding.limit < 60, `${crowding.limit}`);
  assert.ok(crowding.limit >= 8, `${crowding.limit}`);
  assert.ok(sum(answers.slice(60)) >= 0.95 * 80 * 240, `${sum(answers.slice(60))}`);
});

test('a target that grows gets more again', () => {
  const crowding = new Crowding(100);
  simulate({ crowding, seconds: 200, endOf: servers(8, 100), wanted: rising });
  const grown = { crowding, seconds: 600, from: 200_000, endOf: servers(90, 100) };
  const answers = simulate({ ...grown, wanted: () => 100 });
  assert.ok(crowding.limit >= 80, `${crowding.limit}`);
  assert.ok(sum(answers.slice(-30)) >= 0.9 * 900 * 30, `${sum(answers.slice(-30))}`);
});

test('a target that became slow by itself is sent as much as before but for short tries', () => {
  const crowding = new Crowding(100);
  const endOf = (now: number): number => now + (now < 20_000 ? 100 : 5_000);
  const answers = simulate({ crowding, seconds: 1_200, endOf, wanted: rising });
  assert.ok(sum(answers.slice(60)) >= 0.93 * 20 * 1_140, `${sum(answers.slice(60))}`);
});

test('quick and slow endpoints of one origin do not starve it', () => {
  const crowding = new Crowding(100);
  let n = 0;
  // Stretches of one sort alternate with mixed ones.
  const endOf = (now: number): number => {
    const isMixed = now % 120_000 < 60_000;
    n++;
    return now + (isMixed && n % 2 === 0 ? 20_000 : 50);
  };
  const free = simulate({ crowding: new Crowding(0), seconds: 1_200, endOf, wanted: rising });
  n = 0;
  const answers = simulate({ crowding, seconds: 1_200, endOf, wanted: rising });
  assert.ok(sum(answers) >= 0.85 * sum(free), `${sum(answers)} of ${sum(free)}`);
});

test('a latency below half a second is never a reason', () => {
  const crowding = new Crowding(100);
  simulate({ crowding, seconds: 120, endOf: servers(1, 4), wanted: rising });
  assert.equal(crowding.limit, Number.POSITIVE_INFINITY);
});
