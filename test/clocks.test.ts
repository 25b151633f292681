// Each clock of a job alone: it trips, it says so by its own code, and the job by its reason.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AttemptView, type JobView, open, type SendInit, type Sendoff } from '../src/index.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';

const folder = makeFolder('clocks');
let sendoff: Sendoff;
let target: TargetServer;
let mute: Server;

before(async () => {
  const commands = { left: { program: '/usr/bin/printenv', args: ['SENDOFF_DEADLINE'] } };
  sendoff = await open(join(folder, 'clocks.db'), { attemptsPerOrigin: 4, commands });
  target = await startTarget((response, { url }) => {
    if (url === '/silent') response.writeHead(200, { 'content-length': 10 }).write('half');
    else if (url !== '/hangs') response.end('done');
  });
  mute = createServer(() => {}).listen(0, '127.0.0.1');
  await once(mute, 'listening');
});

after(async () => {
  await sendoff.close();
  await target[Symbol.asyncDispose]();
  mute.close();
  removeFolder(folder);
});

interface Ended {
  readonly job: JobView;
  readonly attempts: readonly AttemptView[];
}

async function ended(url: string, init: SendInit): Promise<Ended> {
  const sent = await sendoff.send(url, { retries: 0, ...init });
  const job = await sent.done();
  return { job, attempts: await sendoff.attempts(sent.id) };
}

/** State, reason, and the error of its only attempt. */
function gist({ job, attempts }: Ended): readonly unknown[] {
  assert.equal(attempts.length, 1);
  return [job.state, job.reason, attempts[0]?.error];
}

test('connecting', async () => {
  const { port } = mute.address() as AddressInfo;
  const end = await ended(`https://127.0.0.1:${port}/`, { connectTimeout: 80 });
  assert.deepEqual(gist(end), ['failed', 'exhausted', 'connect_timeout']);
});

test('waiting for the first byte', async () => {
  const end = await ended(`${target.url}/hangs`, { firstByteTimeout: 80 });
  assert.deepEqual(gist(end), ['failed', 'unknown', 'first_byte_timeout']);
});

test('silence in the middle leaves what came, marked incomplete', async () => {
  const end = await ended(`${target.url}/silent`, { idleTimeout: 80 });
  assert.deepEqual(gist(end), ['succeeded', undefined, 'idle_timeout']);
  assert.deepEqual([end.job.response?.incomplete, end.job.response?.bodyBytes], [true, 4]);
});

test('one attempt as a whole', async () => {
  const end = await ended(`${target.url}/hangs`, { timeout: 80 });
  assert.deepEqual(gist(end), ['failed', 'unknown', 'timeout']);
});

test('the whole job, which cuts off what is under way', async () => {
  const end = await ended(`${target.url}/hangs`, { deadline: 150, retries: 5 });
  assert.deepEqual(gist(end), ['failed', 'expired', 'timeout']);
  assert.equal(end.job.clock, 'deadline');
  assert.match(end.attempts[0]?.detail ?? '', /; its deadline comes before another try could/);
});

test('the time until the first try begins', async () => {
  // As many as may be under way at once for one origin.
  const sends = Array.from({ length: 4 }, () => sendoff.send(`${target.url}/hangs`));
  const held = await Promise.all(sends);
  const sent = await sendoff.send(`${target.url}/late`, { startBy: Date.now() + 150 });
  const job = await sent.done();
  assert.deepEqual([job.reason, job.clock, job.attempts], ['expired', 'startBy', 0]);
  assert.deepEqual(await sendoff.attempts(sent.id), []);
  for (const one of held) await one.cancel();
});

test('what a job has left is told to its target with every attempt', async () => {
  const before = target.arrivals.length;
  await ended(`${target.url}/plain`, { timeout: '90s' });
  await ended(`${target.url}/short`, { timeout: '90s', deadline: '40s' });
  const [plain, short] = target.arrivals.slice(before).map(({ headers }) => {
    return Number(headers['sendoff-deadline']);
  });
  assert.equal(plain, 90_000);
  assert.ok(short !== undefined && short > 30_000 && short <= 40_000, `${short}`);
});

test('and to a command in its environment', async () => {
  const sent = await sendoff.run('left', { timeout: '20s' });
  await sent.done();
  assert.equal(await (await sendoff.response(sent.id))?.text(), '20000\n');
});
