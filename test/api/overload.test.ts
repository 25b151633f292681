// What callers hear from a server that has more to store than it can.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type Answer, type Call, call } from '../support/call.ts';
import { exchangeRaw, readAnswer } from './raw-http.ts';
import { startServer, type TestServer } from './running-server.ts';

/** A commit takes long enough that whoever asks during it finds the queue as it is. */
const slow = { commitQueue: 2, slowCommitMs: 400 };
const NOWHERE = encodeURIComponent('http://target.test/');
const held = { 'sendoff-delay': '1h' };

test('a refusal says why, whose bound it is and when to come back', async (t) => {
  const server = await startServer(t, slow);
  const answers = await flood(server, 8);
  const refused = answers.filter(({ status }) => status !== 202);
  assert.ok(refused.length >= 5);
  for (const { status, headers, body } of refused) {
    assert.equal(status, 503);
    assert.ok(Number(headers['retry-after']) >= 1);
    const { code, scope, detail } = JSON.parse(body.toString()) as Record<string, string>;
    assert.deepEqual([code, scope], ['busy', 'server']);
    assert.equal(detail, 'More is coming in than the disk can sync');
  }
  assert.equal(await server.stored(), 8 - refused.length);
});

test('a connection is of use after a refusal whose body was small', async (t) => {
  const server = await startServer(t, slow);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const busy = flood(server, 8);
  const first = await send(server, { agent, body: 'x'.repeat(1_000) });
  const second = await send(server, { agent, body: 'y' });
  assert.deepEqual([first.status, second.status], [503, 503]);
  assert.equal(first.headers.connection, 'keep-alive');
  await busy;
});

test('a body that is refused is not waited for', async (t) => {
  const server = await startServer(t, slow);
  const busy = flood(server, 8);
  const head = [`POST /v1/to?url=${NOWHERE} HTTP/1.1`, 'Host: localhost'];
  const endless = [...head, 'Content-Length: 90000000', '', 'only the beginning'];
  const answer = await exchangeRaw({ port: server.port }, endless.join('\r\n'));
  assert.deepEqual([answer.status, answer.headers.connection], [503, 'close']);
  await busy;
});

test('documents that arrive slowly are refused before they fill the memory', async (t) => {
  const server = await startServer(t);
  const head = ['POST /v1/jobs HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
  const begun = [...head, `Content-Length: ${31 * 2 ** 20}`, '', '{'].join('\r\n');
  const part = Buffer.alloc(24 * 2 ** 20, ' ');
  const answers = Array.from({ length: 3 }, () => {
    const socket = connect(server.port, '127.0.0.1');
    t.after(() => void socket.destroy());
    // Whoever is refused may be cut off while it still sends.
    socket.on('error', () => {});
    socket.write(begun);
    socket.write(part);
    return readAnswer(socket);
  });
  const { status, headers, body } = await Promise.race(answers);
  assert.deepEqual([status, headers.connection], [503, 'close'], body);
  const small = JSON.stringify({ url: 'http://target.test/', delay: '1h' });
  const json = { 'content-type': 'application/json' };
  const answer = await call(`${server.url}/v1/jobs`, { body: small, headers: json });
  assert.equal(answer.status, 202);
});

test('each token has its share, and its name is what figures show', async (t) => {
  const secret = 'of-sixteen-letters-or-more';
  const token = `flooding:1-${secret}\nmodest:2-${secret}`;
  const server = await startServer(t, { commitQueue: 4, slowCommitMs: 40, token });
  const as = (shown: string): Call => ({ headers: { authorization: `Bearer ${shown}` } });
  const flooding: Answer[] = [];
  const modest: Answer[] = [];
  for (let round = 0; round < 20; round++) {
    const many = flood(server, 30, as(`1-${secret}`));
    modest.push(await send(server, as(`2-${secret}`)));
    flooding.push(...(await many));
  }
  assert.deepEqual(
    modest.filter(({ status }) => status !== 202).map(({ body }) => body.toString()),
    [],
  );
  const limited = flooding.filter(({ status }) => status === 429);
  assert.ok(limited.length > 0, 'it is over its own share');
  const { code, scope } = JSON.parse(String(limited[0]?.body)) as Record<string, string>;
  assert.deepEqual([code, scope], ['rate_limited', 'token:flooding']);
  const metrics = (await call(`${server.url}/metrics`, as(`2-${secret}`))).body.toString();
  assert.match(metrics, /sendoff_refused_total\{scope="token:flooding"\} \d+/);
  assert.ok(!metrics.includes(secret));
});

function flood(server: TestServer, requests: number, options?: Call): Promise<Answer[]> {
  return Promise.all(Array.from({ length: requests }, () => send(server, options)));
}

function send(server: TestServer, { headers, ...options }: Call = {}): Promise<Answer> {
  const request = { body: 'hello', ...options, headers: { ...held, ...headers } };
  return call(`${server.url}/v1/to?url=${NOWHERE}`, request);
}
