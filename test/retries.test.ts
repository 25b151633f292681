// Retries as data, seen by a real target: rules by status, by error and by phase, delays, and what
// the target itself says.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AttemptView, type JobView, open, type RetryOptions } from '../src/index.ts';
import type { Sendoff } from '../src/sendoff.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';

const folder = makeFolder('retries');
let sendoff: Sendoff;
let target: TargetServer;

before(async () => {
  sendoff = await open(join(folder, 'retries.db'));
  // The path says what each attempt in turn is answered with; the last answer repeats.
  target = await startTarget((response, { url, attempt }) => {
    const answers = url.slice(1).split(',');
    const [answer = '', hint] = (answers[attempt - 1] ?? answers.at(-1) ?? '').split(':');
    if (answer === 'reset') response.destroy();
    else if (answer !== 'hangs') {
      response.writeHead(Number(answer), hint ? { 'sendoff-retry': hint } : {}).end();
    }
  });
});

after(async () => {
  await sendoff.close();
  await target[Symbol.asyncDispose]();
  removeFolder(folder);
});

interface Ended {
  readonly job: JobView;
  readonly attempts: readonly AttemptView[];
}

async function ended(url: string, retry: RetryOptions, more: object = {}): Promise<Ended> {
  // A queue of its own: some of these answers hold their queue back.
  const queue = url + JSON.stringify(retry);
  const options = { retry, queue: queue.slice(0, 200), ...more };
  const sent = await sendoff.send(url, options);
  const job = await sent.done();
  return { job, attempts: await sendoff.attempts(sent.id) };
}

function gist({ job, attempts }: Ended): readonly unknown[] {
  return [job.reason ?? job.state, ...attempts.map(({ status, error }) => status ?? error)];
}

/** Milliseconds between the end of each attempt and the beginning of the next. */
function pauses({ attempts }: Ended): number[] {
  return attempts
    .slice(1)
    .map(({ startedAt }, index) => Date.parse(startedAt) - Date.parse(attempts[index]!.endedAt!));
}

const soon: RetryOptions = { delays: [1] };

test('a rule by status retries what is final, and ends what is retried', async () => {
  const rules = [
    { status: ['404', '409-410'], do: 'retry', limit: 2 },
    { status: '500-599', do: 'never' },
  ] as const;
  const url = (path: string): string => `${target.url}/${path}`;
  const late = await ended(url('404,410,200'), { ...soon, rules });
  assert.deepEqual(gist(late), ['succeeded', 404, 410, 200]);
  const never = await ended(url('404'), { ...soon, rules });
  assert.deepEqual(gist(never), ['exhausted', 404, 404, 404]);
  assert.deepEqual(gist(await ended(url('503'), { ...soon, rules })), ['rejected', 503]);
  assert.deepEqual(gist(await ended(url('400'), { ...soon, rules })), ['rejected', 400]);
});

test('a rule by error and phase tells what may have been carried out', async () => {
  const rules = [
    { error: 'connection', sent: false, do: 'retry', limit: 1, delays: [5] },
    { sent: true, error: ['connection', 'timeout'], do: 'never' },
  ] as const;
  const nobody = `http://127.0.0.1:${await freePort()}/`;
  const unsent = await ended(nobody, { limit: 5, rules });
  assert.deepEqual(gist(unsent), ['exhausted', 'refused', 'refused']);
  const [broken] = gist(await ended(`${target.url}/reset`, { ...soon, rules }));
  assert.equal(broken, 'unknown');
  const hung = await ended(`${target.url}/hangs`, { ...soon, rules }, { timeout: 60 });
  assert.deepEqual(gist(hung), ['unknown', 'timeout']);
});

test('an expression spaces retries exactly, and a rule may have its own', async () => {
  const rules = [{ status: 409, do: 'retry', expression: '10' }] as const;
  const retry = { limit: 3, expression: '(retried + 1) * 60', rules };
  const end = await ended(`${target.url}/503,503,409,200`, retry);
  assert.deepEqual(gist(end), ['succeeded', 503, 503, 409, 200]);
  const [first = 0, second = 0, third = 0] = pauses(end);
  assert.ok(first >= 59 && second >= 119 && third >= 9, `${first} ${second} ${third}`);
});

test('the time for retries ends them', async () => {
  const end = await ended(`${target.url}/503`, { limit: 1_000, delays: ['70ms'], within: '200ms' });
  assert.deepEqual([end.job.reason, end.job.clock], ['exhausted', 'within']);
  assert.ok(end.attempts.length <= 3);
});

test('a target may end the retries, or put the next one off', async () => {
  assert.deepEqual(gist(await ended(`${target.url}/503:never`, soon)), ['rejected', 503]);
  const asked = await ended(`${target.url}/404:after=150ms,200`, soon);
  assert.deepEqual(gist(asked), ['succeeded', 404, 200]);
  assert.ok(pauses(asked)[0]! >= 149);
  const junk = await ended(`${target.url}/503:perhaps,200`, soon);
  assert.deepEqual(gist(junk), ['succeeded', 503, 200]);
});
