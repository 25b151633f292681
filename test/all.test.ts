// Several calls at once, as a shop needs them: three payment services, the time of the slowest;
// what is late goes on; and nothing is lost when the server dies in between.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { all, open, type Sendoff } from '../src/index.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const INDEX = fileURLToPath(new URL('../src/index.ts', import.meta.url));

describe('several calls at once', { timeout: 120_000 }, () => {
  const folder = makeFolder('all');
  let services: TargetServer;
  let so: Sendoff;
  let underWay = 0;
  let most = 0;

  before(async () => {
    services = await startTarget(async (response, { url }) => {
      const isCounted = url.startsWith('/counted');
      if (isCounted) most = Math.max(most, ++underWay);
      await pause(Number(/ms=(\d+)/.exec(url)?.[1] ?? 0));
      if (isCounted) underWay--;
      response.end(`paid by ${url}`);
    });
    so = await open(join(folder, 'shop.db'));
  });

  after(async () => {
    await so?.close();
    await endServers();
    await services?.[Symbol.asyncDispose]();
    removeFolder(folder);
  });

  const payments = (ms = { jingdong: 1_000, wechat: 1_200, alipay: 800 }) => ({
    jingdong: `${services.url}/jd?ms=${ms.jingdong}`,
    wechat: { url: `${services.url}/wx?ms=${ms.wechat}`, method: 'POST', json: { cents: 100 } },
    alipay: new URL(`${services.url}/ali?ms=${ms.alipay}`),
  });

  test('three payment services take the time of the slowest, not their sum', async () => {
    for (const durable of [true, false]) {
      const beganAt = performance.now();
      const { jingdong, wechat, alipay } = await so.all(payments(), { durable, wait: '10s' });
      const tookMs = performance.now() - beganAt;
      assert.ok(jingdong.ok && wechat.ok && alipay.ok);
      assert.equal(await wechat.response.text(), 'paid by /wx?ms=1200');
      assert.ok(tookMs >= 1_190 && tookMs < 2_900, `it took ${tookMs} ms`);
    }
  });

  test('after a while one is there, and the other two go on', async () => {
    const calls = payments({ jingdong: 5_000, wechat: 5_000, alipay: 50 });
    const { jingdong, wechat, alipay } = await so.all(calls, { wait: '2s' });
    assert.deepEqual([jingdong.state, wechat.state, alipay.ok], ['pending', 'pending', true]);
    for (const late of [jingdong, wechat]) {
      const job = await until('it settles', async () => {
        const seen = await so.get(late.id ?? '');
        return seen?.settledAt === undefined ? undefined : seen;
      });
      assert.deepEqual([job.state, job.attempts], ['succeeded', 1]);
    }
  });

  test('20 ms means 20 ms, and the others are not held up', async () => {
    const slow = { url: `${services.url}/slow?ms=5000`, timeout: 20 };
    const beganAt = performance.now();
    const [late, quick] = await all([slow, `${services.url}/quick`]);
    const tookMs = performance.now() - beganAt;
    assert.ok(!late.ok && quick.ok);
    assert.equal(late.error, 'timeout');
    assert.ok(tookMs < 4_000, `it took ${tookMs} ms`);
  });

  test('no more are under way than asked for', async () => {
    const urls = Array.from({ length: 60 }, (_, n) => `${services.url}/counted/${n}?ms=5`);
    const results = await all(urls, { concurrency: 7 });
    assert.ok(results.every(({ ok }) => ok));
    assert.ok(most > 1 && most <= 7, `${most} were under way`);
  });

  test('a program that is through with its calls ends by itself', async () => {
    const script = `
      import { all } from ${JSON.stringify(INDEX)};
      const [one] = await all([process.argv[1]]);
      console.log(await one.response.text());`;
    const args = ['--input-type=module', '-e', script, `${services.url}/end`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (piece) => (printed += piece));
    const [code] = await once(child, 'close', { signal: AbortSignal.timeout(30_000) });
    assert.deepEqual([code, printed], [0, 'paid by /end\n']);
  });

  test('a group survives kill -9 in its middle, and its result is complete', async () => {
    const server = { store: join(folder, 'killed.db'), port: await freePort() };
    const first = await startServer(server);
    const requests = Object.fromEntries(
      Array.from({ length: 200 }, (_, n) => {
        const ms = n % 2 === 0 ? 0 : 2_000;
        return [`order ${n}`, { url: `${services.url}/k${n}?ms=${ms}` }];
      }),
    );
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ requests });
    const accepted = await call(`${first.url}/v1/groups`, { body, headers });
    assert.equal(accepted.status, 202);
    const arrived = () => services.arrivals.filter(({ url }) => url.startsWith('/k')).length;
    await until('half of them arrive', () => arrived() >= 100);
    await first.end('SIGKILL');
    const second = await startServer(server);
    const path = `${second.url}${accepted.headers.location}`;
    const wait = { headers: { prefer: 'wait=60' } };
    const group = await callJson<{
      readonly state: string;
      readonly results: Record<string, { readonly ok: boolean; readonly body?: string }>;
    }>(path, wait);
    assert.equal(group.state, 'succeeded');
    assert.deepEqual(Object.keys(group.results), Object.keys(requests));
    assert.equal(group.results['order 7']?.body, 'paid by /k7?ms=2000');
  });
});
