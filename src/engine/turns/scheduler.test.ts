import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../limits.ts';
import { type HeldJob, holdClaimed } from '../attempts/held-job.ts';
import { Settings } from '../settings/settings.ts';
import { Scheduler } from './scheduler.ts';

const large = new Uint8Array(limits.inlineBodyBytes);
const small = new Uint8Array(1);
let seq = 0;

function jobOf(queue: string, body = large): HeldJob {
  const target = { kind: 'http', method: 'GET', url: `http://${queue}.test/`, headers: [] };
  const spec = JSON.stringify({ target });
  const times = { runAt: 0, expiresAt: 1_000, createdAt: 0 };
  const counts = { attempt: 1, triesUsed: 0, deaths: 0 };
  const content = { spec, body, bodyId: null, bodyBytes: body.byteLength };
  seq++;
  return holdClaimed({ seq, id: `${seq}`, queue, priority: 2, ...times, ...counts, ...content }, 0);
}

/** Large jobs of one queue, until it may hold no more. */
function fill(scheduler: Scheduler, name: string): void {
  while (scheduler.hasRoomFor(scheduler.queue(name))) scheduler.add(jobOf(name), 0);
}

function schedulerOf(): Scheduler {
  const unlimited = () => Number.POSITIVE_INFINITY;
  const commands = { commandsAtOnce: 1, commandConcurrency: unlimited };
  const settings = new Settings(0, { queues: {}, limits: {} });
  return new Scheduler({ attemptsPerOrigin: 1, random: () => 0, ...commands }, settings);
}

test('large bodies fill the share of a queue long before its number of jobs does', () => {
  const scheduler = schedulerOf();
  fill(scheduler, 'large');
  const { bytes, ready } = scheduler.queue('large');
  assert.ok(bytes < limits.windowBytesPerQueue + 2 * large.byteLength);
  assert.ok(ready < limits.windowJobsPerQueue / 2);
});

test('a queue with more bytes than its share gives some back, and wants none at once', () => {
  const scheduler = schedulerOf();
  fill(scheduler, 'large');
  for (let n = 0; n < 15; n++) scheduler.queue(`other-${n}`);
  const large = scheduler.queue('large');
  const [before, share] = [large.ready, scheduler.share()];
  const evicted = scheduler.evict();
  assert.equal(evicted.length, before - large.ready);
  assert.ok(large.bytes >= share.bytes / 2 && large.bytes < share.bytes);
  assert.equal(scheduler.ready, large.ready);
  assert.equal(scheduler.hunger.isAny, false);
});

test('what begins or leaves memory no longer counts', () => {
  const scheduler = schedulerOf();
  const jobs = [jobOf('q'), jobOf('q')] as const;
  for (const job of jobs) scheduler.add(job, 0);
  assert.equal(scheduler.next(0), jobs[0]);
  assert.equal(scheduler.queue('q').bytes, jobs[1].bytes);
  scheduler.drop(jobs[1], 0);
  assert.equal(scheduler.queue('q').bytes, 0);
});

test('memory full of jobs of which none can begin makes room for others', () => {
  const scheduler = schedulerOf();
  const names = Array.from({ length: 1_250 }, (_, n) => `paused-${n}`);
  for (const name of names) scheduler.queue(name).budget.isPaused = true;
  for (const name of names) for (let n = 0; n < 16; n++) scheduler.add(jobOf(name, small), 0);
  assert.equal(scheduler.next(0), undefined);
  const evicted = scheduler.evict();
  assert.equal(evicted.length, 15);
  const { ready, hasBacklog } = scheduler.queue(evicted[0]?.queue as string);
  assert.deepEqual([ready, hasBacklog], [1, true]);
  assert.equal(scheduler.hunger.isAny, false, 'it is not read again at once');
});
