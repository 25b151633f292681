import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import test from 'node:test';
import { systemClock } from '../clock.ts';
import type { Outcome } from '../job/outcome.ts';
import { createEgressPolicy } from './egress.ts';
import type { Lookup } from './resolve.ts';
import { deliverTo, startDeliverer } from './target/attempt.ts';
import { startRawTarget } from './target/raw-target.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const closing = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** A name server that answers the n-th question with the n-th list, then with the last. */
function nameServer(...answers: string[][]): Lookup & { asked: string[] } {
  const asked: string[] = [];
  const lookup: Lookup = (hostname, _options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(hostname);
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    setImmediate(() => callback(null, found));
  };
  return Object.assign(lookup, { asked });
}

function errorOf(outcome: Outcome): { code: string; isSent: boolean; isFinal: boolean } {
  assert.equal(outcome.kind, 'error', JSON.stringify(outcome));
  const { error, isSent, isFinal = false } = outcome as Outcome & { kind: 'error' };
  return { code: error, isSent, isFinal };
}

const denied = { code: 'address_not_allowed', isSent: false, isFinal: true };

test('a name is called by its address, and the target still sees the name', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.write(ok));
  const lookup = nameServer(['127.0.0.1']);
  const deliverer = startDeliverer(t, { lookup });
  for (let i = 0; i < 10; i++) await deliverTo(deliverer, `http://shop.test:${target.port}/`);
  assert.match(target.arrivals[9]!, /\r\nhost: shop\.test:\d+\r\n/);
  // Not one per attempt: a connection rests for a turn of the loop, so two of them take turns.
  assert.ok(lookup.asked.length <= 2);
});

test('a name that has one forbidden address among others is refused', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.write(ok));
  const deliverer = startDeliverer(t, { lookup: nameServer(['127.0.0.1', '169.254.169.254']) });
  const outcome = await deliverTo(deliverer, `http://mixed.test:${target.port}/`);
  assert.deepEqual(errorOf(outcome), denied);
  assert.equal(target.arrivals.length, 0);
});

test('a literal is refused on the way out, too', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.write(ok));
  const deliverer = startDeliverer(t, { egress: createEgressPolicy({ allowPrivate: false }) });
  for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', '[::1]', 'localhost', '0.0.0.0']) {
    const outcome = await deliverTo(deliverer, `http://${host}:${target.port}/`);
    assert.deepEqual(errorOf(outcome), denied, host);
  }
  assert.equal(target.sockets.size, 0);
});

test('a name that turns forbidden is refused from the next connection on', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.end(closing));
  const lookup = nameServer(['127.0.0.1'], ['169.254.169.254']);
  const deliverer = startDeliverer(t, { lookup });
  const url = `http://turning.test:${target.port}/`;
  assert.equal((await deliverTo(deliverer, url)).kind, 'response');
  assert.deepEqual(errorOf(await deliverTo(deliverer, url)), denied);
  assert.equal(target.arrivals.length, 1);
});

test('every address of a name is tried until one answers', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.write(ok));
  const deliverer = startDeliverer(t, { lookup: nameServer(['127.0.0.9', '::1', '127.0.0.1']) });
  const outcome = await deliverTo(deliverer, `http://many.test:${target.port}/`);
  assert.equal(outcome.kind, 'response', JSON.stringify(outcome));
});

test('our own listener is `self_target`, by whatever name', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.write(ok));
  const isSelf = (address: string, port: number) =>
    address.startsWith('127.') && port === target.port;
  const deliverer = startDeliverer(t, { isSelf, lookup: nameServer(['127.0.0.1']) });
  for (const host of ['127.0.0.1', '127.0.0.2', '[::ffff:127.0.0.1]', 'me.test']) {
    const outcome = await deliverTo(deliverer, `http://${host}:${target.port}/`);
    assert.deepEqual(errorOf(outcome), { code: 'self_target', isSent: false, isFinal: true }, host);
  }
});

test('a name that does not resolve is `dns_failed`', async (t) => {
  const outcome = await deliverTo(startDeliverer(t), 'http://nowhere.invalid/');
  assert.deepEqual(errorOf(outcome), { code: 'dns_failed', isSent: false, isFinal: false });
  const none = await deliverTo(startDeliverer(t, { lookup: nameServer([]) }), 'http://none.test/');
  assert.equal(errorOf(none).code, 'dns_failed');
});

test('a name server that is silent is `dns_timeout`; its late answer is ignored', async (t) => {
  const answers: (() => void)[] = [];
  const lookup: Lookup = (_hostname, _options, callback) => {
    answers.push(() => callback(null, [{ address: '127.0.0.1', family: 4 }]));
  };
  // Only the limit of the resolver is as long as 5 s: it is shortened to be waited for.
  const clock = {
    ...systemClock,
    after: (delayMs: number, action: () => void) =>
      systemClock.after(delayMs === 5_000 ? 50 : delayMs, action),
  };
  const deliverer = startDeliverer(t, { lookup, clock });
  const url = 'http://slow.test:9/';
  const outcomes = await Promise.all([
    deliverTo(deliverer, url, {}, { timeoutMs: 2_000 }),
    deliverTo(deliverer, url, {}, { timeoutMs: 2_000 }),
  ]);
  for (const outcome of outcomes) assert.equal(errorOf(outcome).code, 'dns_timeout');
  assert.equal(answers.length, 1);
  answers[0]!();
});

test('a connection that does not come about in time is `connect_timeout`', async (t) => {
  const deliverer = startDeliverer(t, { limits: { connectMs: 60 }, lookup: () => {} });
  const outcome = await deliverTo(deliverer, 'http://hangs.test/');
  assert.deepEqual(errorOf(outcome), { code: 'connect_timeout', isSent: false, isFinal: false });
});

test('a handshake that never ends is `connect_timeout`', async (t) => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const deliverer = startDeliverer(t, { limits: { connectMs: 100 } });
  const { port } = server.address() as AddressInfo;
  const outcome = await deliverTo(deliverer, `https://127.0.0.1:${port}/`);
  assert.equal(errorOf(outcome).code, 'connect_timeout');
});

test('an attempt may give a connection less time than the deliverer, or more', async (t) => {
  const deliverer = startDeliverer(t, { limits: { connectMs: 200 }, lookup: () => {} });
  const spanOf = async (connectMs: number): Promise<number> => {
    const startedAt = performance.now();
    const outcome = await deliverTo(deliverer, 'http://hangs.test/', {}, { connectMs });
    assert.deepEqual(errorOf(outcome), { code: 'connect_timeout', isSent: false, isFinal: false });
    return performance.now() - startedAt;
  };
  const usual = deliverTo(deliverer, 'http://hangs.test/', {}, {});
  assert.ok((await spanOf(40)) < 200);
  assert.ok((await spanOf(600)) >= 599);
  assert.equal(errorOf(await usual).code, 'connect_timeout');
});

test('the deadline of the attempt counts while it connects', async (t) => {
  const deliverer = startDeliverer(t, { lookup: () => {} });
  const outcome = await deliverTo(deliverer, 'http://hangs.test/', {}, { timeoutMs: 60 });
  assert.deepEqual(errorOf(outcome), { code: 'timeout', isSent: false, isFinal: false });
});

test('an attempt given up while it connects is not sent later', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.write(ok));
  let answer = (): void => {};
  const lookup: Lookup = (_hostname, _options, callback) => {
    answer = () => callback(null, [{ address: '127.0.0.1', family: 4 }]);
  };
  const deliverer = startDeliverer(t, { lookup });
  const url = `http://late.test:${target.port}/`;
  const outcome = await deliverTo(deliverer, url, {}, { timeoutMs: 30 });
  assert.equal(errorOf(outcome).code, 'timeout');
  answer();
  // The next attempt uses the same pool: when it has arrived, the other one would have, too.
  const next = deliverTo(deliverer, url, {}, { number: 2 });
  while (target.arrivals.length === 0) {
    answer();
    await new Promise(setImmediate);
  }
  assert.equal((await next).kind, 'response');
  assert.equal(target.arrivals.length, 1);
  assert.match(target.arrivals[0]!, /sendoff-attempt: 2/);
});
