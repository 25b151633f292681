import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Dispatcher } from 'undici';
import { systemClock } from '../clock.ts';
import type { Connect } from './connector.ts';
import type { OriginPool } from './origin-pool.ts';
import { createOrigins } from './origins.ts';
import { startRawTarget } from './target/raw-target.ts';

type Handler = Dispatcher.DispatchHandler;

/** Sends a request and says what became of it: its path, or the error. */
function send(pool: OriginPool, path: string): { handler: Handler; end: Promise<string> } {
  const { promise, resolve } = Promise.withResolvers<string>();
  const handler: Handler = {
    onRequestStart: () => {},
    onResponseStart: () => {},
    onResponseData: () => {},
    onResponseEnd: () => resolve(path),
    onResponseError: (_controller, error) => resolve(error.message),
  };
  pool.dispatch({ path, method: 'GET' }, handler);
  return { handler, end: promise };
}

test('what is given up before it is connected is forgotten, and the rest goes on', async (t) => {
  const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
  const target = await startRawTarget(t, (socket) => void socket.write(ok));
  const held = Promise.withResolvers<void>();
  const late: Connect = (_options, callback) => {
    void held.promise.then(() => {
      const socket = connect(target.port, '127.0.0.1', () => callback(null, socket));
    });
  };
  const origins = createOrigins({ clock: systemClock, connect: late, attemptsPerOrigin: 1 });
  t.after(() => origins.close());
  const { pool } = origins.enter(target.origin);
  const first = send(pool, '/first');
  for (let n = 0; n < 100; n++) {
    const { handler } = send(pool, '/given-up');
    pool.forget(handler);
  }
  const last = send(pool, '/last');
  held.resolve();
  assert.deepEqual(await Promise.all([first.end, last.end]), ['/first', '/last']);
  assert.deepEqual(
    target.arrivals.map((text) => text.split(' ')[1]),
    ['/first', '/last'],
  );
  assert.equal(target.sockets.size, 1);
});

test('what still waits for a free connection ends with its origin', async () => {
  const never: Connect = () => {};
  const origins = createOrigins({ clock: systemClock, connect: never, attemptsPerOrigin: 1 });
  const { pool } = origins.enter('http://a.test');
  const ends = ['/1', '/2', '/3'].map((path) => send(pool, path).end);
  await origins.close();
  for (const end of await Promise.all(ends)) assert.match(end, /destroyed/);
});
