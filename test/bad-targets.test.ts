// Targets that misbehave, over real connections: what is dead, what refuses, what comes back.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { JobView } from '../src/sendoff.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget } from './support/target-server.ts';
import { until } from './support/until.ts';

/** The whole of what is promised takes a minute; a part of it is seen sooner. */
const isWhole = process.env.SENDOFF_TEST_WHOLE === '1';
const RATE = { seconds: isWhole ? 60 : 16, from: isWhole ? 30 : 8, perSecond: 20 };
const BOUNDS = isWhole ? { refused: 0.02, taken: 0.9 } : { refused: 0.1, taken: 0.75 };

/** While a machine stands still nothing is possible: such seconds are no fault of the server. */
function takePulse(beganAt: number) {
  const beats: { readonly at: number }[] = [];
  const timer = setInterval(() => beats.push({ at: (performance.now() - beganAt) / 1_000 }), 100);
  return {
    secondsWithin: (isCounted: (beat: { readonly at: number }) => boolean) =>
      Math.ceil(beats.filter(isCounted).length / 10),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

describe('targets that misbehave', () => {
  const folder = makeFolder('bad-targets');
  let server: ServerProcess;

  before(async () => {
    server = await startServer({ store: join(folder, 'jobs.db'), port: await freePort() });
  });

  after(async () => {
    await endServers();
    removeFolder(folder);
  });

  async function send(jobs: readonly object[]): Promise<string[]> {
    const headers = { 'content-type': 'application/json' };
    const answer = await call(`${server.url}/v1/jobs`, { headers, body: JSON.stringify(jobs) });
    assert.equal(answer.status, 202, answer.body.toString());
    const { jobs: receipts } = JSON.parse(answer.body.toString()) as { jobs: { id: string }[] };
    return receipts.map(({ id }) => id);
  }

  function look(id: string): Promise<JobView> {
    return callJson<JobView>(`${server.url}/v1/jobs/${id}`);
  }

  test('a dead target costs others nothing, and its jobs few tries until it is back', async () => {
    const port = await freePort();
    const dead = { url: `http://127.0.0.1:${port}/`, retry: { limit: 2, delays: ['1s'] } };
    const ids = await send(Array(500).fill(dead));
    await until('one waits', async () => (await look(ids[499] as string)).waiting === 'circuit');
    await using fine = await startTarget((response) => void response.end('fine'));
    const begunAt = performance.now();
    await send(Array(200).fill({ url: `${fine.url}/` }));
    await until('all others are there', () => fine.arrivals.length === 200);
    assert.ok(performance.now() - begunAt < 4_000);
    await using back = await startTarget((response) => void response.end('back'), port);
    await until('all of it are there', () => back.arrivals.length === 500, { withinMs: 90_000 });
    const last = back.arrivals.slice(400).map(({ attempt }) => attempt);
    assert.ok(last.every((attempt) => attempt <= 3));
  });

  test('a target that refuses above 20/s is sent as much as it takes, hardly more', async (t) => {
    const seen: { readonly at: number; readonly isTaken: boolean }[] = [];
    const taken = new Map<number, number>();
    const beganAt = performance.now();
    await using target = await startTarget((response) => {
      const at = (performance.now() - beganAt) / 1_000;
      const inWindow = (taken.get(Math.floor(at)) ?? 0) + 1;
      const isTaken = inWindow <= RATE.perSecond;
      if (isTaken) taken.set(Math.floor(at), inWindow);
      seen.push({ at, isTaken });
      response.writeHead(isTaken ? 200 : 429).end();
    });
    const one = { url: `${target.url}/`, retry: { limit: 100, delays: ['1s'] } };
    for (let n = 0; n < 3; n++) await send(Array(1_000).fill(one));
    using pulse = takePulse(beganAt);
    await pause(RATE.seconds * 1_000 - (performance.now() - beganAt));
    const isCounted = ({ at }: { at: number }) => at >= RATE.from && at < RATE.seconds;
    const counted = seen.filter(isCounted);
    const good = counted.filter(({ isTaken }) => isTaken).length;
    const possible = RATE.perSecond * pulse.secondsWithin(isCounted);
    const share = 1 - good / counted.length;
    t.diagnostic(`${good} of ${possible} taken, ${(share * 100).toFixed(2)} % refused`);
    assert.ok(share < BOUNDS.refused, `${share} refused`);
    assert.ok(good >= BOUNDS.taken * possible, `${good} of ${possible} taken`);
  });

  test('while nobody can be reached jobs wait, and go on when the targets are back', async () => {
    const ports = await Promise.all(Array.from({ length: 8 }, () => freePort()));
    const retry = { limit: 4, delays: ['1s'] };
    const all = ports.map((port) => ({ url: `http://127.0.0.1:${port}/`, retry }));
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      ids.push(...(await send(all)));
      await pause(1_000);
    }
    await until('they wait', async () => {
      const jobs = await Promise.all(ids.map((id) => look(id)));
      return jobs.some(({ waiting }) => waiting === 'brake');
    });
    const targets = await Promise.all(
      ports.map((port) => startTarget((response) => void response.end(), port)),
    );
    await until(
      'all are through',
      async () => (await Promise.all(ids.map(look))).every(({ state }) => state === 'succeeded'),
      { withinMs: 90_000 },
    );
    for (const target of targets) await target[Symbol.asyncDispose]();
  });
});
