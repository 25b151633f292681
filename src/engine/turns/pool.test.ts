import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '../../job/job.ts';
import { type HeldJob, holdClaimed } from '../attempts/held-job.ts';
import { Settings } from '../settings/settings.ts';
import { Scheduler } from './scheduler.ts';

let seq = 0;

function job(queue: string, target: Target): HeldJob {
  const times = { runAt: 0, expiresAt: 1_000, createdAt: 0 };
  const counts = { attempt: 1, triesUsed: 0, deaths: 0 };
  const content = { spec: JSON.stringify({ target }), body: null, bodyId: null, bodyBytes: 0 };
  seq++;
  return holdClaimed({ seq, id: `${seq}`, queue, priority: 2, ...times, ...counts, ...content }, 0);
}

function commandJob(name: string, queue = `command:${name}`): HeldJob {
  return job(queue, { kind: 'command', name, args: [] });
}

function requestJob(): HeldJob {
  return job('http://a', { kind: 'http', method: 'GET', url: 'http://a/', headers: [] });
}

interface Bounds {
  readonly commandsAtOnce: number;
  readonly commandConcurrency?: (name: string) => number;
}

function schedulerOf({ commandsAtOnce, commandConcurrency }: Bounds): Scheduler {
  const unlimited = () => Number.POSITIVE_INFINITY;
  const defaults = {
    ...{ attemptsPerOrigin: 100, commandsAtOnce, random: () => 0 },
    commandConcurrency: commandConcurrency ?? unlimited,
  };
  return new Scheduler(defaults, new Settings(0, { queues: {}, limits: {} }));
}

/** Names of the commands that begin now, until no more may. */
function begun(scheduler: Scheduler, running: HeldJob[]): string[] {
  const names: string[] = [];
  for (let next = scheduler.next(0); next; next = scheduler.next(0)) {
    running.push(next);
    names.push(next.origin.replace('command:', ''));
  }
  return names;
}

test('all commands together share one pool, which requests do not', () => {
  const scheduler = schedulerOf({ commandsAtOnce: 2 });
  for (const name of ['a', 'b', 'c']) scheduler.add(commandJob(name), 0);
  scheduler.add(requestJob(), 0);
  assert.deepEqual(begun(scheduler, []), ['a', 'b', 'http://a']);
});

test('a command with many jobs does not keep the others from their turns', () => {
  const scheduler = schedulerOf({ commandsAtOnce: 1 });
  const running: HeldJob[] = [];
  for (let n = 0; n < 5; n++) scheduler.add(commandJob('many'), 0);
  const order = begun(scheduler, running);
  for (const name of ['few', 'other']) scheduler.add(commandJob(name), 0);
  order.push(...begun(scheduler, running));
  while (running.length > 0) {
    scheduler.release(running.shift() as HeldJob, 0);
    order.push(...begun(scheduler, running));
  }
  assert.equal(order.length, 7);
  assert.ok(order.indexOf('few') < 4 && order.indexOf('other') < 4, order.join(' '));
  assert.equal([...scheduler.queues()].length, 0);
});

test('a command has its own bound below that of the pool, in whatever queues it waits', () => {
  const bounds = { single: 1 } as Record<string, number>;
  const commandConcurrency = (name: string): number => bounds[name] ?? 10;
  const scheduler = schedulerOf({ commandsAtOnce: 4, commandConcurrency });
  const running: HeldJob[] = [];
  for (let n = 0; n < 3; n++) scheduler.add(commandJob('single', `queue-${n}`), 0);
  for (let n = 0; n < 3; n++) scheduler.add(commandJob('free'), 0);
  assert.deepEqual(begun(scheduler, running).toSorted(), ['free', 'free', 'free', 'single']);
  const single = running.find(({ origin }) => origin === 'command:single') as HeldJob;
  scheduler.release(single, 0);
  assert.deepEqual(begun(scheduler, []), ['single']);
  bounds.single = 2;
  for (const one of running) if (one !== single) scheduler.release(one, 0);
  scheduler.resumeWaiting(0);
  assert.deepEqual(begun(scheduler, []), ['single']);
});
