// Names are free: queues, origins and limits that were used once are not remembered.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from './world.ts';

const NAMES = 50_000;
/** What is not forgotten by then never will be. */
const LONG_MS = 700_000_000;

test(`${NAMES} names that were used once leave nothing behind`, () => {
  const world = new World();
  for (let n = 0; n < NAMES; n++) {
    const queue = `q${n}`;
    if (n % 4 === 0) world.change('queue', queue, { order: 'strict' });
    if (n % 4 === 1) world.change('limit', queue, { rate: '7/s' });
    if (n % 4 === 2) world.change('queue', queue, { rate: '1/h' });
    world.add({ queue, target: `http://${queue}`, limit: queue, priority: 2 });
    world.dispatch();
    for (let step = 0; world.isLooking() && step < 4; step++) {
      world.look();
      world.dispatch();
    }
    assert.equal(world.running.length, 1, `${queue} has its turn`);
    world.end(0, undefined, n % 5 === 0 ? 'failure' : 'success');
    world.entries.clear();
  }
  world.advance(LONG_MS);
  world.assertEmpty();
});

test('ordered queues whose heads wait for a retry are on disk alone', () => {
  const world = new World();
  for (let n = 0; n < 100; n++) {
    const queue = `q${n}`;
    world.change('queue', queue, { order: 'strict' });
    world.add({ queue, target: 'http://x', limit: undefined, priority: 2 });
    while (world.running.length === 0) {
      world.look();
      world.dispatch();
    }
    world.end(0, 5_000);
    world.dispatch();
    for (let step = 0; world.isLooking() && step < 4; step++) world.look();
  }
  world.assertEmpty();
});
