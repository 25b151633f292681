import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../clock.ts';
import { type LineLimits, TossLine, type TossWatch } from './line.ts';
import { checkToss, type Toss } from './toss.ts';

/** A line whose exchanges end when the test says so. */
function lineOf(limits: Partial<LineLimits> = {}) {
  const started: string[] = [];
  const live: { toss: Toss; watch: TossWatch }[] = [];
  const line = new TossLine({
    clock: systemClock,
    limits,
    start(toss, watch) {
      started.push(toss.origin + toss.path);
      live.push({ toss, watch });
      watch.sent();
      return (detail) => watch.ended({ kind: 'dropped', code: 'aborted', detail });
    },
  });
  const answer = (): void => live.shift()?.watch.ended({ kind: 'answered', status: 200 });
  return { line, started, live, answer };
}

function toss(url: string, body = ''): Toss {
  return checkToss({ url, headers: [], body: body === '' ? null : Buffer.from(body) });
}

/** What was taken has been started, as far as it may. */
async function turns(): Promise<void> {
  for (let n = 0; n < 20; n++) await new Promise(setImmediate);
}

test('nothing is started in the turn of the caller', async () => {
  const { line, started } = lineOf();
  assert.equal(line.take(toss('http://a.test/')), true);
  assert.deepEqual(started, []);
  await turns();
  assert.deepEqual(started, ['http://a.test/']);
});

test('a full line refuses the new, keeps the old, and has room again after an answer', async () => {
  const { line, answer } = lineOf({ waiting: 3, originShare: 1 });
  const taken = [1, 2, 3, 4].map((n) => line.take(toss(`http://a.test/${n}`)));
  assert.deepEqual(taken, [true, true, true, false]);
  await turns();
  assert.equal(line.take(toss('http://a.test/5')), false, 'waiting for an answer is waiting too');
  answer();
  assert.equal(line.take(toss('http://a.test/6')), true);
  await turns();
  for (let n = 0; n < 3; n++) answer();
  assert.deepEqual(line.counts(), { sent: 4, answered: 4, failed: 0, dropped: 2, waiting: 0 });
});

test('bytes are bounded as well, and given back', async () => {
  const { line, answer } = lineOf({ bytes: 5_000, originShare: 1 });
  const large = 'x'.repeat(2_000);
  assert.equal(line.take(toss('http://a.test/', large)), true);
  assert.equal(line.take(toss('http://b.test/', large)), false);
  assert.equal(line.take(toss('http://b.test/')), true);
  await turns();
  answer();
  assert.equal(line.take(toss('http://b.test/', large)), true);
});

test('one origin takes only its share, so that others still have room', () => {
  const { line } = lineOf({ waiting: 10, originShare: 0.5 });
  const taken = Array.from({ length: 10 }, () => line.take(toss('http://a.test/')));
  assert.equal(taken.filter(Boolean).length, 5);
  assert.equal(line.take(toss('http://b.test/')), true);
});

test('origins take turns, and none has more under way than its limit', async () => {
  const { line, started, answer } = lineOf({ perOrigin: 2 });
  for (let n = 0; n < 5; n++) line.take(toss(`http://a.test/${n}`));
  line.take(toss('http://b.test/'));
  await turns();
  assert.deepEqual(started, ['http://a.test/0', 'http://b.test/', 'http://a.test/1']);
  answer();
  await turns();
  assert.equal(started.at(-1), 'http://a.test/2');
});

test('what is under way in all is bounded, and everything comes to its turn', async () => {
  const { line, started, answer, live } = lineOf({ atOnce: 3, perOrigin: 2 });
  for (let n = 0; n < 40; n++) line.take(toss(`http://${n % 4}.test/`));
  for (let rounds = 0; started.length < 40; rounds++) {
    assert.ok(rounds < 100);
    await turns();
    assert.ok(live.length <= 3);
    answer();
  }
});

test('a close waits for all that was taken, and takes nothing more', async () => {
  const { line, answer, live } = lineOf({ perOrigin: 1 });
  for (let n = 0; n < 3; n++) line.take(toss('http://a.test/'));
  let isClosed = false;
  const closed = line.close().then(() => (isClosed = true));
  assert.throws(() => line.take(toss('http://a.test/')), { code: 'stopping' });
  for (let n = 0; n < 3; n++) {
    await turns();
    assert.equal(isClosed, false);
    assert.equal(live.length, 1);
    answer();
  }
  await closed;
  assert.equal(line.counts().answered, 3);
});

test('what has not ended when the time to drain is over is dropped, and counted', async () => {
  const { line } = lineOf({ perOrigin: 1 });
  const ends: string[] = [];
  const watch: TossWatch = { sent: () => {}, ended: ({ kind }) => void ends.push(kind) };
  for (let n = 0; n < 3; n++) line.take(toss('http://a.test/'), watch);
  await turns();
  const patient = line.close();
  await line.close({ drainMs: 0 });
  await patient;
  assert.deepEqual(line.counts(), { sent: 1, answered: 0, failed: 0, dropped: 3, waiting: 0 });
  assert.deepEqual(ends, ['dropped', 'dropped', 'dropped']);
});

test('what was given up while it waited never goes out', async () => {
  const { line, started } = lineOf();
  const watch: TossWatch = { sent: () => {}, ended: () => {}, isGivenUp: () => true };
  line.take(toss('http://a.test/'), watch);
  await turns();
  assert.deepEqual(started, []);
  assert.equal(line.counts().dropped, 1);
  await line.close();
});
