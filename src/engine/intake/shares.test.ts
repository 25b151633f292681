import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../limits.ts';
import { fairLevel, Shares } from './shares.ts';

const demands = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 20 });

test('a fair level is used up, unless all have what they ask for', () => {
  fc.assert(
    fc.property(demands, fc.integer({ min: 1, max: 5_000 }), (asked, capacity) => {
      const level = fairLevel(asked, capacity);
      const given = asked.reduce((sum, demand) => sum + Math.min(demand, level), 0);
      const total = asked.reduce((sum, demand) => sum + demand, 0);
      assert.ok(Math.abs(given - Math.min(total, capacity)) < 1e-6);
    }),
  );
});

test('who asks for less than an even part has it whole', () => {
  assert.equal(fairLevel([10, 500, 900], 100), 45);
  assert.equal(fairLevel([10, 20], 100), Number.POSITIVE_INFINITY);
});

test('two who flood have half each, and one that falls silent gives its half back', () => {
  const shares = new Shares();
  let now = 10 * limits.shareMs;
  const shareAfter = (rounds: number, asking: readonly string[]): number => {
    for (let round = 0; round < rounds; round++) {
      for (const name of asking) {
        shares.of(name).asked += 500;
        shares.countTaken(50);
      }
      shares.countRefused();
      now += limits.shareMs;
      shares.shareAt(now);
    }
    return shares.shareAt(now);
  };
  assert.ok(Math.abs(shareAfter(10, ['a', 'b']) - 0.5) < 0.01);
  assert.ok(shareAfter(30, ['a']) > 0.99);
});

test('nobody is held to a share while there is enough for all', () => {
  const shares = new Shares();
  shares.of('a').asked += 500;
  shares.of('b').asked += 5;
  shares.countTaken(505);
  assert.equal(shares.shareAt(10 * limits.shareMs), 1);
});
