// The story that this project tells first: a target takes its time, the caller does not wait, the
// server is killed in between, and the answer is there in the end.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { AttemptView, JobView, Receipt } from '../src/sendoff.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const SLOW_MS = 3_000;
// Not text in any encoding, so that a byte changed on its way is seen.
const ANSWER = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 256));

describe('a target that takes its time', () => {
  const folder = makeFolder('story');
  let options: { store: string; port: number };
  let server: ServerProcess;
  let target: TargetServer;

  before(async () => {
    options = { store: join(folder, 'story.db'), port: await freePort() };
    target = await startTarget(async (response) => {
      await pause(SLOW_MS);
      response.writeHead(201, 'Made', ['X-Made-By', 'target', 'x-twice', 'a', 'x-twice', 'b']);
      response.end(ANSWER);
    });
    server = await startServer(options);
  });

  after(async () => {
    await endServers();
    await target[Symbol.asyncDispose]();
    removeFolder(folder);
  });

  test('the job outlives kill -9 and its answer comes byte for byte', async () => {
    const handedOverAt = performance.now();
    const accepted = await call(toUrl('/orders?n=1'), { body: 'hello' });
    const tookMs = performance.now() - handedOverAt;
    const { id } = JSON.parse(accepted.body.toString()) as Receipt;
    assert.equal(accepted.status, 202);
    assert.equal(accepted.headers.location, `/v1/jobs/${id}`);
    assert.equal(accepted.headers['sendoff-job'], id);
    assert.ok(tookMs < SLOW_MS, `it took ${tookMs} ms to hand over`);

    await until('the first attempt arrives', () => target.arrivals.length === 1);
    const { signal } = await server.end('SIGKILL');
    assert.equal(signal, 'SIGKILL');
    server = await startServer(options);

    const job = await callJson<JobView>(`${server.url}/v1/jobs/${id}`, wait(20));
    assert.equal(job.state, 'succeeded');
    assert.deepEqual(await results(id), [
      [1, 'interrupted', undefined],
      [2, 'success', 201],
    ]);
    const answer = await call(`${server.url}/v1/jobs/${id}/response`);
    assert.equal(answer.status, 201);
    assert.deepEqual(answer.body, ANSWER);
    assert.equal(answer.headers['sendoff-state'], 'succeeded');
    assert.deepEqual(linesNamed(answer.rawHeaders, /^x-(made|twice)/i), [
      ['X-Made-By', 'target'],
      ['x-twice', 'a'],
      ['x-twice', 'b'],
    ]);
  });

  test('each attempt brought the same bytes, key and path, and its own number', () => {
    const seen = target.arrivals.map(({ method, url, body }) => [method, url, body.toString()]);
    assert.deepEqual(seen, [
      ['POST', '/orders?n=1', 'hello'],
      ['POST', '/orders?n=1', 'hello'],
    ]);
    const [first, second] = target.arrivals;
    assert.equal(first?.key, second?.key);
    assert.deepEqual([first?.attempt, second?.attempt], [1, 2]);
  });

  test('a caller who prefers to wait gets the target’s own answer', async () => {
    const answer = await call(toUrl('/waited'), { ...wait(30), body: 'hello' });
    assert.equal(answer.status, 201);
    assert.deepEqual(answer.body, ANSWER);
    assert.equal(answer.headers['preference-applied'], 'wait=30');
    assert.equal(answer.headers['sendoff-state'], 'succeeded');
  });

  test('a caller who waits too briefly gets the receipt, and the job goes on', async () => {
    const answer = await call(toUrl('/impatient'), { ...wait(1), body: 'hello' });
    assert.equal(answer.status, 202);
    const { id } = JSON.parse(answer.body.toString()) as Receipt;
    const job = await callJson<JobView>(`${server.url}/v1/jobs/${id}`, wait(20));
    assert.equal(job.state, 'succeeded');
    assert.deepEqual(await results(id), [[1, 'success', 201]]);
  });

  function toUrl(path: string): string {
    return `${server.url}/v1/to?url=${encodeURIComponent(target.url + path)}`;
  }

  async function results(id: string): Promise<unknown[]> {
    const url = `${server.url}/v1/jobs/${id}/attempts`;
    const { attempts } = await callJson<{ attempts: AttemptView[] }>(url);
    return attempts.map(({ number, result, status }) => [number, result, status]);
  }
});

function wait(seconds: number): { readonly headers: Record<string, string> } {
  return { headers: { prefer: `wait=${seconds}` } };
}

function linesNamed(raw: readonly string[], name: RegExp): [string, string][] {
  const lines: [string, string][] = [];
  for (let at = 0; at < raw.length; at += 2) {
    if (name.test(raw[at]!)) lines.push([raw[at]!, raw[at + 1]!]);
  }
  return lines;
}
