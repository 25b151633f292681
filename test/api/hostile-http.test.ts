// What strangers send on the wire: nothing of it may become a job, and the server lives on.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../src/clock.ts';
import { limits } from '../../src/limits.ts';
import { exchangeRaw, type RawAnswer, readAnswer } from './raw-http.ts';
import { startServer, type TestServer } from './running-server.ts';

const to = '/v1/to?url=http://127.0.0.1:61999/x';

function post(lines: readonly string[], body = ''): string {
  return [`POST ${to} HTTP/1.1`, 'Host: localhost', ...lines, '', body].join('\r\n');
}

function codeOf(answer: RawAnswer): string {
  assert.equal(answer.headers['content-type'], 'application/problem+json', answer.body);
  const problem = JSON.parse(answer.body) as { code: string; status: number };
  assert.equal(problem.status, answer.status);
  return problem.code;
}

async function assertRefused(
  server: TestServer,
  text: string | Buffer,
  expected: { readonly status: number | readonly number[]; readonly code?: string },
): Promise<RawAnswer> {
  const answer = await exchangeRaw({ port: server.port, host: '127.0.0.1' }, text);
  const shown = text.toString('latin1').slice(0, 200);
  assert.ok([expected.status].flat().includes(answer.status), `${answer.status} for ${shown}`);
  if (expected.code !== undefined) assert.equal(codeOf(answer), expected.code, shown);
  assert.equal(await server.stored(), 0, shown);
  return answer;
}

test('a head above 16 KiB is refused (A04)', async (t) => {
  const server = await startServer(t);
  const text = post([`X-Large: ${'a'.repeat(17_000)}`, 'Content-Length: 0']);
  await assertRefused(server, text, { status: 431, code: 'headers_too_large' });
});

test('too many header lines are refused, not dropped (A05)', async (t) => {
  const server = await startServer(t);
  const lines = (count: number): string[] => Array.from({ length: count }, (_, at) => `X${at}: 1`);
  await assertRefused(server, post(lines(10_000)), { status: 431, code: 'headers_too_large' });
  await assertRefused(server, post(lines(101)), { status: 431, code: 'headers_too_large' });
});

test('a request target that is too long is refused (A06)', async (t) => {
  const server = await startServer(t);
  const line = (size: number): string =>
    `GET /v1/to?url=${'a'.repeat(size)} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  await assertRefused(server, line(9_000), { status: 414, code: 'uri_too_long' });
  await assertRefused(server, line(1_048_576), { status: [414, 431] });
});

test('a Content-Length above the limit is refused before reading (A07)', async (t) => {
  const server = await startServer(t);
  const text = post([`Content-Length: ${limits.requestBodyBytes + 1}`], 'begun');
  const answer = await assertRefused(server, text, { status: 413, code: 'body_too_large' });
  assert.equal(answer.headers.connection, 'close');
});

test('endless chunk extensions are refused (A09)', async (t) => {
  const server = await startServer(t);
  const text = post(
    ['Transfer-Encoding: chunked'],
    `5;${'x'.repeat(200_000)}\r\nhello\r\n0\r\n\r\n`,
  );
  await assertRefused(server, text, { status: [400, 413] });
});

test('what follows a short body is the next request, never part of the job (A10)', async (t) => {
  const server = await startServer(t);
  const answer = await exchangeRaw(
    { port: server.port, host: '127.0.0.1' },
    post(['Content-Length: 2'], 'abcdef'),
  );
  assert.equal(answer.status, 202);
  const id = answer.headers['sendoff-job'];
  const job = (await (await fetch(`${server.url}/v1/jobs/${id}`)).json()) as {
    target: { bodyBytes: number };
  };
  assert.equal(job.target.bodyBytes, 2);
});

test('a body that is cut stores nothing (A11)', async (t) => {
  const server = await startServer(t);
  for (const size of [10, 1_000_000]) {
    const text = post([`Content-Length: ${size * 2}`], 'a'.repeat(size));
    const answer = await exchangeRaw({ port: server.port, host: '127.0.0.1' }, text, {
      halfClose: true,
    });
    assert.notEqual(answer.status, 202);
    const socket = connect(server.port, '127.0.0.1');
    socket.write(text);
    await once(socket, 'connect');
    socket.destroy();
    assert.equal(await server.stored(), 0);
  }
});

test('a Content-Length that is no number, or two of them, is refused (A12)', async (t) => {
  const server = await startServer(t);
  for (const value of ['5, 6', '+5', '0x5', '-1', '5 5', '5, 5', '']) {
    const text = post([`Content-Length: ${value}`], 'hello');
    const answer = await assertRefused(server, text, { status: 400 });
    assert.equal(answer.headers.connection, 'close', value);
  }
  const twice = post(['Content-Length: 5', 'Content-Length: 5'], 'hello');
  await assertRefused(server, twice, { status: 400 });
});

test('any transfer coding but chunked is refused (A14)', async (t) => {
  const server = await startServer(t);
  const chunks = '5\r\nhello\r\n0\r\n\r\n';
  const values = [
    'xchunked',
    'chunked, identity',
    'chunked, chunked',
    '\x0bchunked',
    'gzip, chunked',
  ];
  for (const value of values) {
    const text = post([`Transfer-Encoding: ${value}`], chunks);
    const answer = await assertRefused(server, text, { status: 400 });
    assert.equal(answer.headers.connection, 'close', value);
  }
  const twice = post(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], chunks);
  await assertRefused(server, twice, { status: 400 });
  const both = post(['Transfer-Encoding: chunked', 'Content-Length: 5'], chunks);
  await assertRefused(server, both, { status: 400 });
});

test('line ends and spaces that others read differently are refused (A15)', async (t) => {
  const server = await startServer(t);
  const texts = [
    `POST ${to} HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n`,
    `POST ${to} HTTP/1.1\r\nHost: localhost\rX: y\r\nContent-Length: 0\r\n\r\n`,
    post(['Content-Length : 0']),
    post(['X-Folded: a', ' b', 'Content-Length: 0']),
  ];
  for (const text of texts) await assertRefused(server, text, { status: 400 });
});

test('a request needs exactly one well-formed Host (A16)', async (t) => {
  const server = await startServer(t);
  const hosts = [
    [],
    ['Host: localhost', 'Host: localhost'],
    ['Host: user@localhost'],
    ['Host: localhost:port'],
    ['Host: localhost:123456'],
    ['Host: loc\xe4lhost'],
    ['Host: '],
    ['Host: localhost, localhost'],
  ];
  for (const lines of hosts) {
    const text = [`POST ${to} HTTP/1.1`, ...lines, 'Content-Length: 0', '', ''].join('\r\n');
    await assertRefused(server, text, { status: 400, code: 'bad_request' });
  }
});

test('methods that are never passed on, and unknown ones, are 405 with Allow (A19)', async (t) => {
  const server = await startServer(t);
  for (const method of ['TRACE', 'BREW', 'get']) {
    const text = `${method} ${to} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const answer = await assertRefused(server, text, { status: 405, code: 'method_not_allowed' });
    assert.match(answer.headers.allow ?? '', /GET/);
  }
  const wrong =
    'DELETE /v1/jobs HTTP/1.1\r\nHost: localhost\r\nX-HTTP-Method-Override: GET\r\n\r\n';
  const answer = await assertRefused(server, wrong, { status: 405, code: 'method_not_allowed' });
  assert.equal(answer.headers.allow, 'GET, HEAD, POST');
});

test('Expect is answered without reading what is too large or unknown (A20)', async (t) => {
  const server = await startServer(t);
  const length = `Content-Length: ${limits.requestBodyBytes + 1}`;
  const large = post([length, 'Expect: 100-continue']);
  await assertRefused(server, large, { status: 413, code: 'body_too_large' });
  const other = post(['Content-Length: 5', 'Expect: 200-ok']);
  await assertRefused(server, other, { status: 417, code: 'expectation_not_supported' });
  const fine = connect(server.port, '127.0.0.1');
  t.after(() => fine.destroy());
  fine.write(post(['Content-Length: 5', 'Expect: 100-continue']));
  assert.equal((await readAnswer(fine)).status, 100);
  fine.write('hello');
  assert.equal((await readAnswer(fine)).status, 202);
});

test('pipelined requests are answered in order (A21)', async (t) => {
  const server = await startServer(t);
  const socket = connect(server.port, '127.0.0.1');
  t.after(() => socket.destroy());
  const paths = Array.from({ length: 1_000 }, (_, at) => (at % 2 ? '/healthz' : '/v1/nope'));
  const end = '/v1/jobs/00000000-0000-0000-0000-000000000000';
  const requests = [...paths, end].map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  socket.write(requests.join(''));
  let text = '';
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString();
    if (text.includes('There is no job')) break;
  }
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  assert.deepEqual(statuses, [
    ...paths.map((path) => (path === '/healthz' ? '200' : '404')),
    '404',
  ]);
});

test('an upgrade is ignored (A22)', async (t) => {
  const server = await startServer(t);
  const lines = ['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket'];
  const text = ['GET /healthz HTTP/1.1', ...lines, '', ''].join('\r\n');
  const answer = await exchangeRaw({ port: server.port, host: '127.0.0.1' }, text);
  assert.equal(answer.status, 200);
});

test('paths that could be read as another path lead nowhere (A27)', async (t) => {
  const server = await startServer(t);
  const paths = [
    '/v1/../healthz',
    '//healthz',
    '/v1/%2e%2e/healthz',
    '/healthz%00',
    '/healthz;jsessionid=1',
    '/v1/./jobs',
    '/healthz/',
    '/v1\\jobs',
    '/healthz%2f',
  ];
  for (const path of paths) {
    const text = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    await assertRefused(server, text, { status: [404, 400] });
  }
  const text = 'GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
  await assertRefused(server, text, { status: 404, code: 'not_found' });
});

test('a body that stalls is ended and stores nothing (A02)', async (t) => {
  const after: typeof systemClock.after = (delayMs, action) =>
    systemClock.after(delayMs === limits.stalledBodyMs ? 200 : delayMs, action);
  const server = await startServer(t, { clock: { ...systemClock, after } });
  const text = post(['Content-Length: 100'], 'only this');
  await assertRefused(server, text, { status: 408, code: 'request_timeout' });
});

test('heads that drip are ended while others are served (A01)', async (t) => {
  const server = await startServer(t);
  const sockets = Array.from({ length: 200 }, () => connect(server.port, '127.0.0.1'));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (const socket of sockets) socket.write('POST /v1/to HTTP/1.1\r\nHost: ');
  const answers = sockets.map((socket) => readAnswer(socket));
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  const begunAt = performance.now();
  for (const answer of await Promise.all(answers)) assert.equal(answer.status, 408);
  const mostMs = 3 * (limits.headersMs + 2 * limits.connectionCheckMs);
  assert.ok(performance.now() - begunAt < mostMs);
});
