import assert from 'node:assert/strict';
import test from 'node:test';
import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import type { Origins } from './origins.ts';
import { createOrigins } from './origins.ts';

/** Never connects: what matters here is who is remembered. */
function openOrigins(): { origins: Origins; sweep: () => void; hasTimer: () => boolean } {
  let next: (() => void) | undefined;
  const clock: Clock = {
    ...systemClock,
    after(_delayMs, action) {
      next = action;
      return () => {
        next = undefined;
      };
    },
  };
  const origins = createOrigins({ clock, connect: () => {}, attemptsPerOrigin: 2 });
  const sweep = (): void => {
    const action = next;
    next = undefined;
    action?.();
  };
  return { origins, sweep, hasTimer: () => next !== undefined };
}

test('an origin goes once nothing was under way for a whole round', () => {
  const { origins, sweep, hasTimer } = openOrigins();
  const first = origins.enter('http://a.test');
  const second = origins.enter('http://a.test');
  origins.leave(origins.enter('http://b.test'));
  assert.equal(first, second);
  assert.equal(origins.size, 2);
  origins.leave(first);
  sweep();
  assert.equal(origins.size, 2);
  sweep();
  assert.equal(origins.size, 1);
  origins.leave(second);
  sweep();
  sweep();
  assert.equal(origins.size, 0);
  assert.equal(hasTimer(), false);
  origins.enter('http://a.test');
  assert.equal(hasTimer(), true);
});

test('an origin used between two sweeps stays', () => {
  const { origins, sweep } = openOrigins();
  for (let i = 0; i < 5; i++) {
    origins.leave(origins.enter('http://a.test'));
    sweep();
  }
  assert.equal(origins.size, 1);
});

test('an attempt that still waits for its connection is ended with its origin', async () => {
  const { origins } = openOrigins();
  const { pool } = origins.enter('http://a.test');
  const ended = new Promise<Error>((resolve) => {
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => {},
      onResponseStart: () => {},
      onResponseData: () => {},
      onResponseEnd: () => {},
      onResponseError: (_controller, error) => resolve(error),
    };
    pool.dispatch({ path: '/', method: 'GET' }, handler);
  });
  await origins.close();
  assert.match((await ended).message, /destroyed/);
});

test("the program's own fetch keeps its dispatcher", () => {
  assert.equal(Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.2')), undefined);
});
