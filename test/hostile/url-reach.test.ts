// Target URLs of the catalogue (U) that are told apart only when they are called: names, our own
// addresses, a policy that changed, proxies of the environment, and odd bytes that are fine.

import assert from 'node:assert/strict';
import http from 'node:http';
import { type TestContext, test } from 'node:test';
import { open, type Sendoff, serve } from '../../src/index.ts';
import { startTarget } from '../api/ledger-target.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { openBench, refusedAt, startCountingTarget, temporaryStore } from './bench.ts';

const everyDoor = ['jobs', 'to', 'library', 'line'] as const;

/** Tries the job now and tells how that ended. */
async function triedNow(library: Sendoff, id: string): Promise<string | undefined> {
  await library.retry(id);
  const job = await until('the job is settled', async () => {
    const found = await library.get(id);
    return found?.settledAt !== undefined && found;
  });
  return `${job.state} ${(await library.attempts(id)).at(-1)?.error}`;
}

test('a name that leads to this machine is taken and never called (U24-27, U57)', async (t) => {
  const bench = await openBench(t, { egressPrivate: false });
  const names = ['localhost.localdomain', 'ip6-localhost', 'ip6-loopback', 'host.docker.internal'];
  for (const name of names) {
    const url = `http://${name}:${bench.target.port}/`;
    const sent = await bench.library.send(url, { retries: 0 });
    const job = await sent.done();
    assert.equal(job.state, 'failed', name);
    // Where the machine has no such name, the name itself leads nowhere.
    const [attempt] = await bench.library.attempts(sent.id);
    assert.match(String(attempt?.error), /^(address_not_allowed|dns_failed)$/, name);
  }
  assert.equal(bench.target.connections(), 0);
});

test('our own address is no target, by whatever name (U96)', async (t) => {
  const bench = await openBench(t, { hostNames: ['jobs.example'] });
  const hosts = `127.0.0.1 127.1 2130706433 localhost LOCALHOST localhost. a.localhost 0.0.0.0
    [::] [::ffff:127.0.0.1] [::ffff:7f00:1] jobs.example JOBS.example.`;
  for (const host of hosts.split(/\s+/)) {
    const job = { url: `http://${host}:${bench.port}/v1/jobs` };
    await refusedAt(bench, everyDoor, job, { status: 422, code: 'self_target' });
  }
  await bench.unharmed('U96');
});

test('an address that became our own is not called (U96, U97)', async (t) => {
  const store = temporaryStore(t);
  for (const [listen, host] of [
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]', '[::1]'],
  ] as const) {
    const port = await freePort();
    const id = await storedFor(store, `http://${host}:${port}/v1/jobs`);
    const server = await serve({ store, listen: [`${listen}:${port}`] });
    try {
      await using library = await open(store);
      assert.equal(await triedNow(library, id), 'failed self_target', host);
    } finally {
      await server.close({ drainMs: 0 });
    }
  }
});

/** A job that waits until it is asked for. */
async function storedFor(store: string, url: string): Promise<string> {
  await using library = await open(store);
  return (await library.send(url, { delay: '1h', retries: 0 })).id;
}

test('a policy that became strict holds for jobs that were taken before (U97)', async (t) => {
  const store = temporaryStore(t);
  const target = await startCountingTarget(t);
  const id = await storedFor(store, `http://127.0.0.1:${target.port}/`);
  await using strict = await open(store, { egressPrivate: false });
  assert.equal(await triedNow(strict, id), 'failed address_not_allowed');
  assert.equal(target.connections(), 0);
});

test('proxies of the environment are not asked (U98)', async (t) => {
  const proxy = await startCountingTarget(t);
  useProxies(t, `http://127.0.0.1:${proxy.port}`);
  const target = await startTarget(t);
  await using library = await open(temporaryStore(t));
  const job = await (await library.send(`${target.url}/x`)).done();
  assert.equal(job.state, 'succeeded');
  assert.equal(target.arrived.length, 1);
  assert.equal(proxy.connections(), 0);
});

function useProxies(t: TestContext, proxy: string): void {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'NODE_USE_ENV_PROXY'];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : proxy;
  const restore = http.setGlobalProxyFromEnv({ http_proxy: proxy });
  t.after(() => {
    restore();
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}

test('escaped, spaced and foreign paths arrive as canonical bytes (U88-90)', async (t) => {
  const target = await startTarget(t);
  const bench = await openBench(t);
  const paths = [
    ['/%00', '/%00'],
    ['/a b', '/a%20b'],
    ['/ä?ü=ö', '/%C3%A4?%C3%BC=%C3%B6'],
    ['/%0d%0aX:%20y', '/%0d%0aX:%20y'],
    ['/%252e%252e/%2F', '/%252e%252e/%2F'],
  ] as const;
  let count = 0;
  for (const [path, wanted] of paths) {
    for (const name of everyDoor) {
      assert.equal(await bench.doors[name]({ url: target.url + path }), '202', name);
      const arrived = await target.atLeast(++count);
      assert.equal(arrived[count - 1]?.path, wanted, name);
    }
  }
});
