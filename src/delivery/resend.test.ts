// A request that was written is never written again by itself: what happened is reported, and
// whether to try again is the engine's decision.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import test from 'node:test';
import { systemClock } from '../clock.ts';
import { attemptOf, bytesOf, deliverTo, startDeliverer } from './target/attempt.ts';
import { allClosed, startRawTarget } from './target/raw-target.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

test('a target that reads and hangs up gets each attempt once', async (t) => {
  const target = await startRawTarget(t, (socket, _request, count) => {
    if (count % 2 === 0) socket.resetAndDestroy();
    else socket.end();
  });
  const deliverer = startDeliverer(t);
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']) {
    const before = target.arrivals.length;
    const outcome = await deliverTo(deliverer, `${target.origin}/`, { method });
    assert.equal(outcome.kind === 'error' && outcome.isSent, true);
    await new Promise<void>((done) => void systemClock.after(20, done));
    assert.equal(target.arrivals.length, before + 1, method);
  }
});

test('a kept connection that closes at the moment of reuse costs no second arrival', async (t) => {
  // Every second request finds the connection closed under it, with and without having been read.
  const seen = new Map<string, number>();
  const target = await startRawTarget(t, (socket, request) => {
    const number = /sendoff-attempt: (\d+)/.exec(request)![1]!;
    seen.set(number, (seen.get(number) ?? 0) + 1);
    if (Number(number) % 2 === 1) socket.write(ok, () => setImmediate(() => socket.destroy()));
    else socket.destroy();
  });
  const deliverer = startDeliverer(t, { limits: { attemptsPerOrigin: 2 } });
  const outcomes = new Map<number, string>();
  for (let number = 1; number <= 200; number++) {
    const body = number % 3 === 0 ? bytesOf('body') : ({ kind: 'none' } as const);
    const method = number % 4 < 2 ? 'GET' : 'POST';
    const outcome = await deliverTo(deliverer, `${target.origin}/`, { method }, { number, body });
    outcomes.set(number, outcome.kind === 'response' ? 'response' : `error ${outcome.isSent}`);
  }
  for (const [number, arrivals] of seen) assert.equal(arrivals, 1, `attempt ${number}`);
  for (const [number, outcome] of outcomes) {
    if (!seen.has(String(number))) assert.notEqual(outcome, 'response');
    // What arrived is never said not to have been sent.
    else assert.notEqual(outcome, 'error false');
  }
});

test('many at once over closing connections arrive once each', async (t) => {
  const seen = new Map<string, number>();
  const target = await startRawTarget(t, (socket, request, count) => {
    const number = /sendoff-attempt: (\d+)/.exec(request)![1]!;
    seen.set(number, (seen.get(number) ?? 0) + 1);
    if (count % 5 === 0) socket.resetAndDestroy();
    else if (count % 3 === 0) socket.end(ok);
    else socket.write(ok);
  });
  const deliverer = startDeliverer(t, { limits: { attemptsPerOrigin: 4 } });
  const all = Array.from({ length: 400 }, (_, number) =>
    deliverTo(deliverer, `${target.origin}/`, {}, { number, body: bytesOf('b') }),
  );
  const outcomes = await Promise.all(all);
  assert.deepEqual(new Set(seen.values()), new Set([1]));
  const unsent = outcomes.filter((outcome) => outcome.kind === 'error' && !outcome.isSent);
  assert.ok(seen.size + unsent.length <= 400);
});

test('a banner before the request is `bad_response`, and nothing is sent twice', async (t) => {
  let connections = 0;
  const server = createServer((socket: Socket) => {
    connections++;
    socket.on('error', () => {});
    socket.write('220 mail.example ESMTP\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const outcome = await deliverTo(startDeliverer(t), `http://127.0.0.1:${port}/`);
  assert.equal(outcome.kind === 'error' && outcome.error, 'bad_response');
  assert.equal(connections, 1);
});

test('a target that hangs up at once is not called over and over', async (t) => {
  let connections = 0;
  const server = createServer((socket: Socket) => {
    connections++;
    socket.on('error', () => {});
    socket.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const outcome = await deliverTo(startDeliverer(t), `http://127.0.0.1:${port}/`);
  assert.equal(outcome.kind, 'error');
  assert.equal(connections, 1);
});

test('aborting closes the live socket, whatever the attempt waits for', async (t) => {
  const starts = ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\n\r\nbody'];
  for (const start of starts) {
    const stop = new AbortController();
    const target = await startRawTarget(t, (socket) => {
      socket.write(start);
      setImmediate(() => stop.abort());
    });
    const outcome = await startDeliverer(t).deliver(attemptOf(`${target.origin}/`), stop.signal);
    assert.deepEqual(outcome, {
      kind: 'error',
      error: 'aborted',
      detail: 'The attempt was aborted',
      isSent: true,
    });
    await allClosed(target.sockets);
  }
});

test('an attempt aborted before it begins sends nothing', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.write(ok));
  const deliverer = startDeliverer(t);
  const outcome = await deliverer.deliver(attemptOf(`${target.origin}/`), AbortSignal.abort());
  assert.equal(outcome.kind === 'error' && outcome.error, 'aborted');
  assert.equal(outcome.kind === 'error' && outcome.isSent, false);
  assert.equal(target.sockets.size, 0);
});

test('closing ends what is under way, and nothing can be delivered afterwards', async (t) => {
  const target = await startRawTarget(t, () => void deliverer.close());
  const deliverer = startDeliverer(t);
  for (let i = 0; i < 2; i++) {
    const outcome = await deliverTo(deliverer, `${target.origin}/`);
    assert.equal(outcome.kind === 'error' && outcome.error, 'aborted');
    assert.equal(outcome.kind === 'error' && outcome.isSent, i === 0);
  }
});
