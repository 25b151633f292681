// The scheduler alone, in virtual time, whatever comes in whichever order: no budget is exceeded,
// nothing waits that could run, everything runs in the end, and nothing stays behind. What only the
// look of once a second would find is a fault. `SENDOFF_SCHEDULING_RUNS=20000` is a long run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LimitValues, QueueValues } from '../../src/job/budget-values.ts';
import type { Level } from '../../src/job/job.ts';
import type { SettingKind } from '../../src/store/store.ts';
import { World } from './world.ts';

const RUNS = Number(process.env.SENDOFF_SCHEDULING_RUNS ?? 500);
const QUEUES = ['a', 'b', 'c'];
const LIMITS = ['l', 'm'];
const TARGETS = ['http://x', 'http://y', 'command:p', 'command:q'];
const LONG_MS = 700_000_000;
const MOST_TURNS = 5_000;

type Verb = Exclude<
  keyof World,
  'scheduler' | 'settings' | 'entries' | 'running' | 'judge' | 'now'
>;

interface Step {
  readonly verb: Verb;
  readonly input: readonly unknown[];
}

const queue = fc.constantFrom(...QUEUES);
const limit = fc.constantFrom(...LIMITS);
const which = fc.nat(50);
const spanMs = fc.constantFrom(0, 1, 10, 100, 143, 1_000, 5_000);
const job = fc.record({
  queue,
  target: fc.constantFrom(...TARGETS),
  limit: fc.constantFrom(undefined, undefined, ...LIMITS),
  priority: fc.constantFrom<Level>(0, 1, 2, 3),
});
const limitValues: fc.Arbitrary<LimitValues> = fc.record(
  {
    concurrency: fc.integer({ min: 1, max: 3 }),
    rate: fc.constantFrom('7/s', '1/s', '3/10s', '100/s', '2/1h'),
    burst: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: [] },
);
const queueValues: fc.Arbitrary<QueueValues> = fc.oneof(
  limitValues,
  fc.record({
    order: fc.constant('strict' as const),
    onFailure: fc.constantFrom('block' as const, 'skip' as const, 'park' as const),
  }),
);
const queueKind = fc.constant<SettingKind>('queue');
const limitKind = fc.constant<SettingKind>('limit');

const steps = fc.oneof(
  step(8, 'add', fc.tuple(job)),
  step(2, 'add', fc.tuple(job, spanMs)),
  step(8, 'end', fc.tuple(which)),
  step(4, 'end', fc.tuple(which, spanMs)),
  step(3, 'end', fc.tuple(which, spanMs, fc.constant('failure'))),
  step(3, 'end', fc.tuple(which, fc.constant(undefined), fc.constant('success'))),
  step(2, 'cancel', fc.tuple(which)),
  step(1, 'reopen', fc.tuple(which)),
  step(6, 'look', fc.constant([])),
  step(1, 'park', fc.constant([])),
  step(4, 'advance', fc.tuple(spanMs)),
  step(1, 'hold', fc.tuple(queue, spanMs)),
  step(1, 'pause', fc.tuple(queueKind, queue, fc.boolean())),
  step(1, 'pause', fc.tuple(limitKind, limit, fc.boolean())),
  step(2, 'change', fc.tuple(queueKind, queue, queueValues)),
  step(1, 'change', fc.tuple(limitKind, limit, limitValues)),
);

/** @param weight how often it comes beside the others */
function step(weight: number, verb: Verb, input: fc.Arbitrary<readonly unknown[]>) {
  return { weight, arbitrary: input.map((given): Step => ({ verb, input: given })) };
}

function take(world: World, { verb, input }: Step): void {
  (world[verb] as (...input: readonly unknown[]) => void).apply(world, input as unknown[]);
  world.dispatch();
}

/** Lets everything come to its end; nothing but time and ends of attempts is needed for that. */
function finish(world: World): void {
  for (const name of QUEUES) world.pause('queue', name, false);
  for (const name of LIMITS) world.pause('limit', name, false);
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    world.dispatch();
    if (world.isLooking()) world.look();
    else if (world.running.length > 0) world.end(turn);
    else if (world.waiting().length === 0) return;
    else world.advance(world.untilNext());
  }
  assert.fail('everything runs in the end');
}

test('nothing is exceeded, nothing waits that could run, everything runs in the end', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 10, maxLength: 150, size: 'max' }), (all) => {
      const world = new World();
      for (const one of all) take(world, one);
      finish(world);
      world.advance(LONG_MS);
      world.assertEmpty();
    }),
    { numRuns: RUNS },
  );
});
