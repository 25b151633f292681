// What targets answer (T15, T18), seen from outside: through a whole server, by raw sockets.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { makeCertificate } from '../../src/delivery/target/certificates.ts';
import { startRawTarget } from '../../src/delivery/target/raw-target.ts';
import { call, callJson } from '../support/call.ts';
import { openBench } from './bench.ts';

const hostile = Buffer.concat([
  Buffer.from('<script>alert(1)</script>\u001b]0;owned\u0007\u001b[2J\r\0\u202e'),
  Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80]),
  Buffer.alloc(1_048_576, 'x'),
]);

test('script, escapes and bytes that are no text come back as they were (T15)', async (t) => {
  const target = await startRawTarget(t, (socket) => {
    const length = `content-length: ${hostile.length}`;
    const lines = ['HTTP/1.1 200 OK', 'content-type: text/html', 'x-odd: <b>\xff\xe4"', length];
    socket.write(Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'));
    socket.write(hostile);
  });
  const bench = await openBench(t);
  const { id, done } = await bench.library.send(target.origin);
  assert.equal((await done()).state, 'succeeded');
  const { headers, body } = await call(`${bench.url}/v1/jobs/${id}/response`);
  assert.ok(body.equals(hostile));
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.match(String(headers['content-security-policy']), /sandbox/);
  assert.match(String(headers['content-disposition']), /^attachment/);
  assert.equal(headers['x-odd'], '<b>\xff\xe4"');
  const shown = await call(`${bench.url}/v1/jobs/${id}`);
  assert.match(String(shown.headers['content-type']), /^application\/json/);
});

test('a target that speaks HTTP/2 alone is `bad_response` or `tls_invalid` (T18)', async (t) => {
  const settings = Buffer.from('000000040000000000', 'hex');
  const plain = createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(settings));
  });
  const certificate = makeCertificate('h2.test');
  const secure = certificate && createSecureServer({ ...certificate, allowHTTP1: false });
  assert.equal(await errorOf(t, plain, 'http'), 'bad_response');
  if (secure) assert.equal(await errorOf(t, secure, 'https'), 'tls_invalid');
});

async function errorOf(
  t: TestContext,
  server: ReturnType<typeof createServer>,
  scheme: string,
): Promise<string | undefined> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { library } = await openBench(t);
  const { port } = server.address() as AddressInfo;
  const { id, done } = await library.send(`${scheme}://127.0.0.1:${port}/`, { retries: 0 });
  await done();
  return (await library.attempts(id))[0]?.error;
}

test('Alt-Svc, HSTS and Upgrade of an answer change nothing for the next job (T18)', async (t) => {
  const target = await startRawTarget(t, (socket) => {
    const lines = ['alt-svc: h2="127.0.0.1:9"; ma=86400', 'strict-transport-security: max-age=99'];
    socket.write(
      ['HTTP/1.1 200 OK', ...lines, 'upgrade: h2c', 'content-length: 0', '', ''].join('\r\n'),
    );
  });
  const bench = await openBench(t);
  for (let count = 1; count <= 3; count++) {
    const job = await (await bench.library.send(target.origin)).done();
    assert.deepEqual([job.state, target.arrivals.length], ['succeeded', count]);
    const { target: shown } = await callJson<{ target: { url: string } }>(
      `${bench.url}/v1/jobs/${job.id}`,
    );
    assert.match(shown.url, /^http:/);
  }
});
