// Asked to stop, a server lets attempts end; asked twice, it stops at once. Nothing is lost either
// way, and after an orderly stop nothing is done twice.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { AttemptView, JobView, Receipt } from '../src/sendoff.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

describe('a stop', () => {
  const folder = makeFolder('stop');
  let options: { store: string; port: number };
  let server: ServerProcess;
  let target: TargetServer;
  let delayMs = 0;

  before(async () => {
    target = await startTarget(async (response) => {
      await pause(delayMs);
      response.end('done');
    });
  });

  beforeEach(async () => {
    const port = await freePort();
    options = { store: join(folder, `${port}.db`), port };
    server = await startServer(options);
  });

  afterEach(endServers);

  after(async () => {
    await target[Symbol.asyncDispose]();
    removeFolder(folder);
  });

  test('lets an attempt end and exits with 0; nothing is interrupted', async () => {
    delayMs = 1_000;
    const id = await jobUnderWay();
    assert.deepEqual(await server.end('SIGTERM'), { code: 0, signal: null });
    server = await startServer(options);
    assert.equal((await settled(id)).state, 'succeeded');
    assert.deepEqual(await results(id), ['success']);
    assert.equal(arrivalsOf(id), 1);
  });

  for (const second of ['SIGTERM', 'SIGINT'] as const) {
    test(`at once, by a second signal (${second}), cuts the attempt; it runs again`, async () => {
      delayMs = 60_000;
      const id = await jobUnderWay();
      server.signal('SIGTERM');
      await until('it says that it is stopping', () => /stopping/i.test(server.stderr()));
      const { signal, code } = await server.end(second);
      assert.ok(signal === null && code !== null, `it died by ${signal}`);
      delayMs = 0;
      server = await startServer(options);
      assert.equal((await settled(id)).state, 'succeeded');
      assert.deepEqual(await results(id), ['interrupted', 'success']);
      assert.equal(arrivalsOf(id), 2);
    });
  }

  test('takes no new job while attempts end', async () => {
    delayMs = 1_500;
    const id = await jobUnderWay();
    server.signal('SIGTERM');
    await until('it says that it is stopping', () => /stopping/i.test(server.stderr()));
    // Refused with a reason, or not even connected: either way it was not taken.
    const answer = await call(toUrl('late'), { body: 'x' }).catch(() => undefined);
    if (answer !== undefined) {
      assert.equal(answer.status, 503);
      assert.equal(JSON.parse(answer.body.toString()).code, 'stopping');
      assert.ok(Number(answer.headers['retry-after']) > 0);
    }
    assert.deepEqual(await server.exited, { code: 0, signal: null });
    server = await startServer(options);
    assert.equal((await settled(id)).state, 'succeeded');
    assert.equal(target.arrivals.filter(({ url }) => url === '/late').length, 0);
  });

  async function jobUnderWay(): Promise<string> {
    const { id } = await callJson<Receipt>(toUrl('job'), { body: 'x' });
    await until('the attempt arrives', () => arrivalsOf(id) === 1);
    return id;
  }

  function toUrl(name: string): string {
    return `${server.url}/v1/to?url=${encodeURIComponent(`${target.url}/${name}`)}`;
  }

  function settled(id: string): Promise<JobView> {
    return callJson<JobView>(`${server.url}/v1/jobs/${id}`, { headers: { prefer: 'wait=20' } });
  }

  async function results(id: string): Promise<string[]> {
    const url = `${server.url}/v1/jobs/${id}/attempts`;
    const { attempts } = await callJson<{ attempts: AttemptView[] }>(url);
    return attempts.map(({ result }) => result);
  }

  function arrivalsOf(id: string): number {
    return target.arrivals.filter(({ key }) => key === id).length;
  }
});
