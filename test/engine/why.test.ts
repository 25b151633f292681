// Every reason for which a job can wait, all at once in one engine whose clock stands still, each
// in the words that people read. That each is true is shown by lifting it: then that job begins,
// and what is said of all others stays as it was.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIBRARY } from '../../src/engine/intake/admit.ts';
import { limits } from '../../src/limits.ts';
import { failure, response, success, until } from './bench.ts';
import { Scene, SLOTS } from './scene.ts';

/** Each waits for another reason; what is under way takes all slots. */
async function set(scene: Scene): Promise<void> {
  const { engine } = scene;
  await refused(scene);
  await failed(scene);
  await parked(scene);
  await engine.pause('queue', 'halted');
  await engine.pause('limit', 'stopped');
  await engine.pause('limit', 'barred');
  await scene.send(['delayed'], { delay: '3h' });
  await scene.send(['halted'], { queue: 'halted' });
  await scene.send(['stopped'], { limit: 'stopped' });
  await scene.send(['first of hourly', 'hourly'], { queue: { name: 'hourly', rate: '1/h' } });
  const mail = { key: 'mail', rate: '2/10m', burst: 1 };
  await scene.send(['first of mail', 'mail'], { limit: mail });
  await scene.send(['line head', 'line'], { queue: { name: 'line', order: 'strict' } });
  const barred = { queue: { name: 'barred line', order: 'strict' }, limit: 'barred' };
  await scene.send(['barred head'], barred);
  await scene.send(['barred'], { queue: 'barred line' });
  await scene.send(['busy 1', 'busy 2', 'busy'], { url: 'http://busy.test/' });
  await scene.send(['single 1', 'single'], { queue: { name: 'single', concurrency: 1 } });
  await scene.send(['narrow 1', 'narrow'], { limit: { key: 'narrow', concurrency: 1 } });
  await scene.send(['program 1', 'program'], { program: '/bin/true' });
  for (const name of ['filler 1', 'filler 2', 'filler 3']) await scene.send([name], {});
  await until(() => scene.deliverer.pending.length === SLOTS);
  await scene.send(['all slots'], {});
}

/** A target that refuses connections, and one that refuses what is too much. */
async function refused(scene: Scene): Promise<void> {
  const dead = { url: 'http://dead.test/', retry: { limit: 0 } };
  for (let n = 0; n < 10; n++) {
    await scene.send(['dead'], dead);
    await scene.answer('dead', failure('refused', false));
  }
  await scene.send(['dead'], dead);
  const taken = ['taken 1', 'taken 2', 'taken 3', 'taken 4'];
  const modest = { url: 'http://modest.test/', retry: { limit: 0 } };
  await scene.send([...taken, 'refused', 'first turn', 'modest'], modest);
  for (const name of taken) await scene.answer(name, success());
  await scene.underWay('first turn');
  await scene.answer('refused', response(429));
  await scene.answer('first turn', success());
  assert.match((await scene.why('modest'))?.text ?? '', /modest.test asked for patience/);
  scene.forward(1_000);
  await scene.answer('modest', success());
  await scene.send(['modest'], modest);
}

/** They wait for their retry, and others for them. */
async function failed(scene: Scene): Promise<void> {
  const retry = { limit: 3, delays: ['1h'] };
  await scene.send(['tried'], { retry });
  await scene.answer('tried', response(503));
  const queue = { name: 'tried line', order: 'strict' };
  await scene.send(['tried head', 'behind it'], { queue, retry });
  await scene.answer('tried head', response(503));
  await scene.send(['patience 1'], { queue: 'patience' });
  await scene.answer('patience 1', response(429, [['retry-after', '600']]));
  await scene.send(['patience'], { queue: 'patience' });
}

async function parked(scene: Scene): Promise<void> {
  const queue = { name: 'parking', order: 'strict', onFailure: 'park' };
  await scene.send(['parked head', 'parked'], { queue, retry: { limit: 0 } });
  await scene.answer('parked head', response(503));
  await until(async () => (await scene.engine.queue('parking'))?.paused === true);
}

const GOLDEN = {
  dead: 'circuit: http://dead.test fails; the next probe is in 4.5 s',
  modest: 'rate: origin http://modest.test refused more than 4.8/s, next turn in 0.2 s',
  tried: 'retry: try 2 is due in 60 min',
  'tried head': 'retry: try 2 is due in 60 min',
  'behind it': 'order: in order, until the first of it has settled',
  'patience 1': 'retry: try 2 is due in 10 min',
  patience: 'rate: queue patience asked for patience, next turn in 10 min',
  parked: 'paused: queue parking is paused since its job ‹parked head› failed',
  delayed: 'delay: due in 3 h',
  halted: 'paused: queue halted is paused',
  stopped: 'paused: limit stopped is paused',
  hourly: 'rate: queue hourly, rate 1/h, next turn in 60 min',
  mail: 'rate: limit mail, rate 2/10m, next turn in 5 min',
  line: 'order: in order, while job ‹line head› is under way',
  'barred head': 'paused: limit barred is paused',
  barred: 'order: behind 1 of queue barred line, in order, until the first of it has settled',
  busy: 'concurrency: origin http://busy.test, concurrency 2',
  single: 'concurrency: queue single, concurrency 1',
  narrow: 'concurrency: limit narrow, concurrency 1',
  program: 'concurrency: all commands, concurrency 1',
  'all slots': 'concurrency: all 11 attempts at once are under way',
};

/** What lifts the reason for which a job waits, in the order of the test. */
const LIFTS: readonly [name: string, lift: (scene: Scene) => Promise<unknown>][] = [
  ['all slots', (scene) => scene.answer('filler 1', success())],
  ['halted', ({ engine }) => engine.resume('queue', 'halted')],
  ['stopped', ({ engine }) => engine.resume('limit', 'stopped')],
  [
    'barred',
    async (scene) => {
      await scene.engine.resume('limit', 'barred');
      await scene.answer('barred head', success());
    },
  ],
  ['parked', ({ engine }) => engine.resume('queue', 'parking')],
  ['patience', ({ engine }) => engine.resume('queue', 'patience')],
  ['hourly', ({ engine }) => engine.changeBudget('queue', 'hourly', { rate: null })],
  ['mail', ({ engine }) => engine.changeBudget('limit', 'mail', { rate: null })],
  ['line', (scene) => scene.answer('line head', success())],
  ['busy', (scene) => scene.answer('busy 1', success())],
  ['single', (scene) => scene.answer('single 1', success())],
  ['narrow', (scene) => scene.answer('narrow 1', success())],
  ['program', (scene) => scene.answer('program 1', success())],
  ['behind it', (scene) => scene.engine.cancel(scene.ids.get('tried head') as string)],
];

test('every reason is said as it is, and once it is lifted that job alone begins', async () => {
  await using scene = await new Scene().open();
  await set(scene);
  let left: Record<string, string> = GOLDEN;
  assert.deepEqual(await scene.said(), left);
  for (const [name, lift] of LIFTS) {
    await lift(scene);
    await scene.answer(name, success());
    const { [name]: _, ...others } = left;
    left = await scene.said();
    const heads: Record<string, string> = { 'behind it': 'tried head', barred: 'barred head' };
    delete (others as Record<string, string>)[heads[name] ?? ''];
    assert.deepEqual(left, others, name);
  }
  // What is left waits for time alone, and begins at the instant that is named.
  for (const name of ['modest', 'dead', 'patience 1', 'tried', 'delayed']) {
    const { until: at } = (await scene.why(name)) ?? {};
    assert.ok(at, name);
    scene.forward(Date.parse(at) - scene.now - 1);
    assert.ok((await scene.why(name))?.until, `${name} waits until then`);
    scene.forward(1);
    await scene.answer(name, success());
  }
  assert.deepEqual(await scene.said(), {});
});

test('what holds everything is said of all but those that wait for something before', async () => {
  await using scene = await new Scene().open();
  const { engine } = scene;
  await engine.pause('queue', 'halted');
  await scene.send(['halted'], { queue: 'halted' });
  await scene.send(['delayed'], { delay: '1h' });
  const before = { halted: 'paused: queue halted is paused', delayed: 'delay: due in 60 min' };
  await cutOff(scene);
  await scene.send(['http'], {});
  await scene.send(['program'], { program: '/bin/true' });
  await scene.answer('program', success());
  const brake = 'brake: most of the network seems to be gone; the next probe is in 5.0 s';
  assert.deepEqual(await scene.said(), { ...before, http: brake });
  scene.forward(limits.brakeProbeMs);
  await scene.answer('http', success());

  scene.freeDiskBytes = limits.diskOutcomesBytes - 1;
  await until(() => engine.refusal({ from: LIBRARY, jobs: 1, bytes: 0 }) !== undefined);
  await engine.resume('queue', 'halted');
  const { halted: _, ...others } = await scene.said();
  assert.equal((await scene.why('halted'))?.text, 'the disk is full');
  scene.freeDiskBytes = 1e12;
  await scene.underWay('halted');
  assert.deepEqual(await scene.said(), others);

  await engine.pause('queue', 'late');
  await scene.send(['late'], { queue: 'late' });
  const stopped = engine.stop({ drainMs: 60_000 });
  await engine.resume('queue', 'late');
  assert.deepEqual(await scene.said(), { ...others, late: 'server: the server stops' });
  (await scene.underWay('halted')).answer(success());
  await stopped;
});

/** So many targets in a row cannot be reached that it must be our own network. */
async function cutOff(scene: Scene): Promise<void> {
  for (let n = 0; n <= limits.brakeAttempts; n++) {
    const name = `unreached ${n}`;
    await scene.send([name], { retry: { limit: 0 } });
    if (n === limits.brakeAttempts - 1) scene.forward(limits.brakeSilentMs);
    if (n < limits.brakeAttempts) await scene.answer(name, failure('unreachable', false));
    const { state, reason } = (await scene.why(name)) ?? {};
    assert.equal(reason === 'brake', n === limits.brakeAttempts, name);
    if (state === 'pending') await scene.engine.cancel(scene.ids.get(name) as string);
  }
}
