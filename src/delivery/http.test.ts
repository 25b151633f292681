import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import test from 'node:test';
import { bytesOf, deliverTo, startDeliverer } from './target/attempt.ts';
import { startRawTarget } from './target/raw-target.ts';

const answer = 'HTTP/1.1 200 Fine\r\nX-One: 1\r\nx-ONE: caf\xe9\r\nContent-Length: 5\r\n\r\nhel\0o';

test('status, header lines and body come back as they are', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.write(answer, 'latin1'));
  const outcome = await deliverTo(
    startDeliverer(t),
    `${target.origin}/a?b=c`,
    {},
    { body: bytesOf('hi') },
  );
  assert.deepEqual(outcome, {
    kind: 'response',
    response: {
      status: 200,
      headers: [
        ['X-One', '1'],
        ['x-ONE', 'caf\xe9'],
        ['Content-Length', '5'],
      ],
      body: new Uint8Array(Buffer.from('hel\0o')),
      bodyId: null,
      bodyBytes: 5,
      isTruncated: false,
      isIncomplete: false,
    },
  });
  assert.match(target.arrivals[0]!, /^POST \/a\?b=c HTTP\/1.1\r\nhost: 127.0.0.1:\d+\r\n/);
  assert.match(target.arrivals[0]!, /content-length: 2\r\n\r\nhi$/);
});

test('every attempt says who it is', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.write(answer, 'latin1'));
  await deliverTo(startDeliverer(t, { userAgent: 'sendoff/1' }), `${target.origin}/`, {
    headers: [
      ['X-Mine', 'a'],
      ['x-mine', 'b'],
    ],
  });
  const [request] = target.arrivals;
  for (const line of [
    /\r\nX-Mine: a\r\nx-mine: b\r\n/,
    /\r\ntraceparent: 00-01a2027949af70d89b70919ca2b87a57-[0-9a-f]{16}-00\r\n/,
    /\r\nidempotency-key: 01a20279-49af-70d8-9b70-919ca2b87a57\r\n/,
    /\r\nsendoff-attempt: 1\r\n/,
    /\r\naccept-encoding: identity\r\n/,
    /\r\nuser-agent: sendoff\/1\r\n/,
  ]) {
    assert.match(request!, line);
  }
});

test('a body goes out with any method', async (t) => {
  const target = await startRawTarget(t, (socket) => socket.write(answer, 'latin1'));
  const deliverer = startDeliverer(t);
  for (const method of ['GET', 'DELETE', 'OPTIONS', 'PUT', 'QUERY', 'BREW']) {
    const outcome = await deliverTo(
      deliverer,
      `${target.origin}/`,
      { method },
      { body: bytesOf('abc') },
    );
    assert.equal(outcome.kind, 'response');
    const request = target.arrivals.at(-1)!;
    assert.ok(request.startsWith(`${method} / HTTP/1.1`), request);
    assert.match(request, /content-length: 3\r\n\r\nabc$/);
  }
});

test('nobody listening is `refused`, and nothing was sent', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const outcome = await deliverTo(startDeliverer(t), `http://127.0.0.1:${port}/`);
  assert.deepEqual(outcome, {
    kind: 'error',
    error: 'refused',
    detail: 'The target refused the connection',
    isSent: false,
  });
});
