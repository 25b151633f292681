import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';
import type { Engine } from './engine/engine.ts';
import { noCommands } from './job/command-rules.ts';
import { Library } from './library.ts';
import type { Receipt } from './sendoff.ts';

const none = { sent: 0, waiting: 0, answered: 0, failed: 0, dropped: 0 };
const target = 'http://target.test/a';

/** A library whose engine takes a job, and then knows of it what `parts` say. */
function libraryOver(parts: Partial<Engine>): Library {
  const receipt: Receipt = {
    id: systemClock.id(),
    state: 'pending',
    queue: 'q',
    runAt: new Date(0).toISOString(),
    duplicate: false,
  };
  return new Library({
    engine: { submit: async () => [receipt], ...parts } as Engine,
    tosser: { take: () => true, counts: () => none },
    direct: () => assert.fail('nothing is sent directly'),
    clock: systemClock,
    checkTarget: () => {},
    commands: noCommands,
    requestBodyBytes: 1,
    close: async () => {},
  });
}

test('the wait for a job that has been pruned ends with not_found', async () => {
  let looks = 0;
  const library = libraryOver({
    settled: async () => {
      assert.ok(++looks < 10, 'it asks again and again');
      return undefined;
    },
    get: async () => undefined,
  });
  const sent = await library.send(target);
  await assert.rejects(sent.done(), { code: 'not_found', jobId: sent.id });
});

test('every wait that is given up says so in one way', async () => {
  const library = libraryOver({
    settled: (_, { signal }) =>
      new Promise((resolve) => signal?.addEventListener('abort', () => resolve(undefined))),
  });
  const sent = await library.send(target);
  const stop = new AbortController();
  const { signal } = stop;
  const expected = { name: 'SendoffError', code: 'aborted', cause: 'enough' };
  const waits = [sent.done({ signal }), library.fetch(target, { signal })];
  const ends = waits.map((wait) => assert.rejects(wait, expected));
  await new Promise(setImmediate);
  stop.abort('enough');
  await Promise.all(ends);
  await assert.rejects(library.send(target, { signal }), expected);
});

test('events end when the library is closed, and are refused afterwards', async () => {
  let isListening = false;
  const library = libraryOver({
    subscribe: () => {
      isListening = true;
      return () => (isListening = false);
    },
  });
  const reading = Array.fromAsync(library.events());
  await new Promise(setImmediate);
  assert.ok(isListening);
  await library.close();
  assert.deepEqual(await reading, []);
  assert.ok(!isListening);
  await assert.rejects(Array.fromAsync(library.events()), { code: 'closed' });
});
