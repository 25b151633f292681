import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, systemClock } from '../../clock.ts';
import { SendoffError } from '../../errors.ts';
import { createPace, paceOwner } from './pace.ts';

function at(start: number): Clock & { now: () => number; move(ms: number): void } {
  let now = start;
  const move = (ms: number): void => {
    now += ms;
  };
  return { ...systemClock, now: () => now, move };
}

test('a minute’s share goes at once, then one at a time', () => {
  const clock = at(1_000);
  const pace = createPace(clock);
  for (let n = 0; n < 60; n++) pace.count('a', 60);
  const isLate = (error: unknown): boolean =>
    error instanceof SendoffError && error.code === 'rate_limited' && error.retryAfterMs === 1_000;
  assert.throws(() => pace.count('a', 60), isLate);
  pace.count('b', 60);
  clock.move(1_000);
  pace.count('a', 60);
  assert.throws(() => pace.count('a', 60), isLate);
});

test('a clock that is set back locks nobody out for long', () => {
  const clock = at(1e12);
  const pace = createPace(clock);
  pace.count('a', 60);
  clock.move(-86_400_000);
  try {
    pace.count('a', 60);
  } catch (error) {
    assert.ok((error as SendoffError).retryAfterMs! <= 60_000);
  }
});

test('the number of addresses that are remembered is bounded', () => {
  const pace = createPace(at(0), 2);
  pace.count('a', 1);
  for (const who of ['b', 'c', 'a']) pace.count(who, 1);
  assert.throws(() => pace.count('c', 1));
});

test('whoever owns a network of IPv6 has one pace', () => {
  assert.equal(paceOwner('::ffff:10.0.0.1'), '10.0.0.1');
  assert.equal(paceOwner('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(paceOwner('2001:db8:1:2::9'), '2001:db8:1:2::/64');
  assert.equal(paceOwner('2001:db8::9'), '2001:db8:0:0::/64');
  assert.equal(paceOwner('::1'), '0:0:0:0::/64');
  assert.equal(paceOwner('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(paceOwner(undefined), 'socket');
});
