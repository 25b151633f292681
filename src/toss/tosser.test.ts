import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { systemClock } from '../clock.ts';
import { createEgressPolicy } from '../delivery/egress.ts';
import { makeCertificate } from '../delivery/target/certificates.ts';
import { allClosed, startRawTarget } from '../delivery/target/raw-target.ts';
import { limits } from '../limits.ts';
import type { Tossed } from '../sendoff.ts';
import { checkToss, type Toss } from './toss.ts';
import { createTosser, type Tosser, type TosserOptions } from './tosser.ts';

const certificate = makeCertificate('localhost');
const skip = !certificate && 'needs the Debian package openssl';
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

function tosserFor(t: TestContext, options: Partial<TosserOptions> = {}): Tosser {
  const egress = createEgressPolicy({ allowPrivate: true });
  const checkTarget = (url: string): void => egress.checkLiteral(new URL(url));
  const base = { clock: systemClock, egress, checkTarget, userAgent: 'sendoff/test' };
  const tosser = createTosser({ ...base, ...options });
  t.after(() => tosser.close({ drainMs: 0 }));
  return tosser;
}

function toss(url: string, more: { readonly timeout?: number } = {}): Toss {
  return checkToss({ url, headers: [], body: null, ...more });
}

function pause(ms: number): Promise<void> {
  return new Promise((resume) => void systemClock.after(ms, resume, { keepsAlive: true }));
}

async function counted(tosser: Tosser, claim: (counts: Tossed) => boolean): Promise<Tossed> {
  while (!claim(tosser.counts())) await pause(2);
  return tosser.counts();
}

test('one connection serves one toss after the other', async (t) => {
  const connections = new Set<Socket>();
  const target = await startRawTarget(t, (socket) => {
    connections.add(socket);
    socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\ngone!');
  });
  const tosser = tosserFor(t);
  for (let n = 1; n <= 5; n++) {
    tosser.take(toss(`${target.origin}/${n}`));
    await counted(tosser, ({ answered }) => answered === n);
  }
  assert.equal(connections.size, 1);
  assert.equal(target.arrivals.length, 5);
});

test('no more connections than the limit, however many tosses', async (t) => {
  let most = 0;
  const target = await startRawTarget(t, (socket) => {
    most = Math.max(most, target.sockets.size);
    setImmediate(() => socket.write(ok));
  });
  const tosser = tosserFor(t, { limits: { perOrigin: 4 } });
  for (let n = 0; n < 100; n++) tosser.take(toss(`${target.origin}/`));
  await counted(tosser, ({ answered }) => answered === 100);
  assert.ok(most <= 4, String(most));
});

test('the connection is kept until the answer, and nothing is sent twice', async (t) => {
  const target = await startRawTarget(t, (socket, _request, count) => {
    if (count === 1) socket.destroy();
  });
  const tosser = tosserFor(t);
  tosser.take(toss(`${target.origin}/cut`));
  await counted(tosser, ({ failed }) => failed === 1);
  tosser.take(toss(`${target.origin}/slow`));
  await counted(tosser, ({ sent }) => sent === 2);
  await pause(50);
  assert.equal(target.sockets.size, 1);
  for (const socket of target.sockets) socket.write(ok);
  await counted(tosser, ({ answered }) => answered === 1);
  assert.equal(target.arrivals.length, 2);
});

test('a target that never answers costs its timeout, and is counted as failed', async (t) => {
  const target = await startRawTarget(t, () => {});
  const tosser = tosserFor(t);
  tosser.take(toss(`${target.origin}/`, { timeout: 1_000 }));
  const counts = await counted(tosser, ({ waiting }) => waiting === 0);
  assert.deepEqual(counts, { sent: 1, answered: 0, failed: 1, dropped: 0, waiting: 0 });
  await allClosed(target.sockets);
});

test('an answer without end is cut, and was an answer', async (t) => {
  const target = await startRawTarget(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.write(Buffer.alloc(limits.tossAnswerBytes + 1));
  });
  const tosser = tosserFor(t);
  tosser.take(toss(`${target.origin}/`));
  await counted(tosser, ({ answered }) => answered === 1);
  await allClosed(target.sockets);
});

test('forbidden addresses are refused at once, and names that lead to them fail', async (t) => {
  const egress = createEgressPolicy({ allowPrivate: false });
  const checkTarget = (url: string): void => egress.checkLiteral(new URL(url));
  const tosser = tosserFor(t, { egress, checkTarget });
  assert.throws(() => tosser.take(toss('http://127.0.0.1/')), { code: 'target_not_allowed' });
  const lax = tosserFor(t, { egress, checkTarget: () => {} });
  lax.take(toss('http://localhost:9999/'));
  await counted(lax, ({ failed }) => failed === 1);
});

test('our own listener is not called, by whatever name', async (t) => {
  const target = await startRawTarget(t, () => {});
  const isSelf = (_address: string, port: number): boolean => port === target.port;
  const tosser = tosserFor(t, { isSelf });
  tosser.take(toss(`http://localhost:${target.port}/`));
  await counted(tosser, ({ failed }) => failed === 1);
  assert.equal(target.arrivals.length, 0);
});

test('HTTPS is verified, and used', { skip }, async (t) => {
  assert.ok(certificate);
  let arrivals = 0;
  const server = createServer(certificate, (_request, response) => {
    arrivals++;
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  const known = getCACertificates('default');
  const stranger = tosserFor(t);
  stranger.take(toss(url));
  await counted(stranger, ({ failed }) => failed === 1);
  assert.equal(arrivals, 0);
  setDefaultCACertificates([...known, certificate.cert]);
  t.after(() => setDefaultCACertificates(known));
  const friend = tosserFor(t);
  friend.take(toss(url));
  friend.take(toss(url));
  await counted(friend, ({ answered }) => answered === 2);
});
