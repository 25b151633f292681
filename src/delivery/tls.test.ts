import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerOptions } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createPlainServer } from 'node:net';
import type { TestContext } from 'node:test';
import test from 'node:test';
import type { TLSSocket } from 'node:tls';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Outcome } from '../job/outcome.ts';
import type { Lookup } from './resolve.ts';
import { bytesOf, deliverTo, startDeliverer } from './target/attempt.ts';
import { makeCertificate } from './target/certificates.ts';

const good = makeCertificate('good.test');
const expired = makeCertificate('good.test', { isExpired: true });
const stranger = makeCertificate('good.test');
const skip = !good && 'needs the Debian package openssl';

if (good && expired) {
  setDefaultCACertificates([...getCACertificates(), good.cert, expired.cert]);
}

const lookup: Lookup = (_hostname, _options, callback) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }]);

async function startSecure(t: TestContext, options: ServerOptions) {
  const names: (string | false | null)[] = [];
  const server = createServer(options, (request, response) => {
    names.push((request.socket as TLSSocket).servername ?? null);
    request.resume().on('end', () => response.end('safe'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, names };
}

function errorOf(outcome: Outcome): { error: string; detail: string; isSent: boolean } {
  assert.equal(outcome.kind, 'error', JSON.stringify(outcome));
  return outcome as Outcome & { kind: 'error' };
}

test('https goes to the vetted address under the name of the target', { skip }, async (t) => {
  const { port, names } = await startSecure(t, { ...good });
  const deliverer = startDeliverer(t, { lookup });
  for (const host of ['good.test', 'good.test', 'good.test.']) {
    const body = bytesOf('x'.repeat(50_000));
    const outcome = await deliverTo(deliverer, `https://${host}:${port}/`, {}, { body });
    assert.equal(outcome.kind, 'response', JSON.stringify(outcome));
  }
  assert.deepEqual(names, ['good.test', 'good.test', 'good.test']);
});

test('a certificate that does not hold is `tls_invalid`, and no byte goes out', {
  skip,
}, async (t) => {
  const cases: [string, ServerOptions, RegExp][] = [
    ['good.test', { ...expired }, /CERT_HAS_EXPIRED/],
    ['good.test', { ...stranger }, /SELF_SIGNED/],
    ['other.test', { ...good }, /ERR_TLS_CERT_ALTNAME_INVALID/],
    ['127.0.0.1', { ...good }, /ERR_TLS_CERT_ALTNAME_INVALID/],
    [
      'good.test',
      { ...good, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' },
      /PROTOCOL_VERSION|SSL/,
    ],
  ];
  for (const [host, options, reason] of cases) {
    const { port, names } = await startSecure(t, options);
    const outcome = await deliverTo(startDeliverer(t, { lookup }), `https://${host}:${port}/`);
    const { error, detail, isSent } = errorOf(outcome);
    assert.equal(error, 'tls_invalid', detail);
    assert.match(detail, reason);
    assert.equal(isSent, false);
    assert.equal(names.length, 0);
  }
});

test('a target that speaks no TLS is `tls_invalid`', async (t) => {
  const server = createPlainServer((socket) => {
    socket.on('error', () => {});
    socket.end('SSH-2.0-nothing\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const outcome = await deliverTo(startDeliverer(t), `https://127.0.0.1:${port}/`);
  assert.equal(errorOf(outcome).error, 'tls_invalid');
});
