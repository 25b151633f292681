import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Gcra, paceOf } from './gcra.ts';

const span = { min: 0, max: 3_000 };

test('in no period more than count and burst begin, however late the turns are taken', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer(span), { minLength: 50, maxLength: 300 }),
      (count, burst, waits) => {
        const pace = new Gcra(1_000 / count, burst, 0);
        const taken: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now += wait / 100;
          now = Math.max(now, pace.nextAt(now));
          pace.take(now);
          taken.push(now);
        }
        for (const [index, at] of taken.entries()) {
          const inPeriod = taken.slice(index).filter((other) => other < at + 1_000).length;
          assert.ok(inPeriod <= count + burst, `${inPeriod} of ${count} + ${burst}`);
        }
      },
    ),
  );
});

test('turns that are taken a little late lose nothing of the rate', () => {
  const pace = new Gcra(1_000 / 7, 1, 0);
  let now = 0;
  let taken = 0;
  for (; now < 60_000; taken++) {
    now = Math.max(now, pace.nextAt(now)) + 2;
    pace.take(now);
  }
  assert.ok(taken >= 0.99 * 7 * 60, String(taken));
});

test('what was taken before it was made counts until it must be used up', () => {
  const pace = paceOf({ rate: '10/s', burst: 5 }, 1_000);
  assert.ok(pace && pace.nextAt(1_000) > 1_000);
  assert.ok(pace.nextAt(10_000) <= 10_000);
});

test('a clock that is set back holds nobody longer than the pace itself', () => {
  const pace = new Gcra(1_000, 3, 0);
  pace.take(1_000_000);
  assert.ok(pace.nextAt(0) <= 3_000);
});
