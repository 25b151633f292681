// Other people's web pages, other names and wrong tokens: who may use a server at all.

import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ServeOptions, serve } from '../../src/open.ts';
import { exchangeRaw, type RawAnswer } from './raw-http.ts';
import { startServer, type TestServer } from './running-server.ts';

const to = '/v1/to?url=http://127.0.0.1:61999/x';

function send(
  server: TestServer,
  line: string,
  lines: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  const all = { Host: 'localhost', 'Content-Length': '0', ...lines };
  const text = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const where = { host: '127.0.0.1', port: server.port };
  return exchangeRaw(where, [`${line} HTTP/1.1`, ...text, '', ''].join('\r\n'));
}

function codeOf(answer: RawAnswer): string | undefined {
  return (JSON.parse(answer.body) as { code?: string }).code;
}

test('a Host that is not ours is refused on every route (A17, W04)', async (t) => {
  const server = await startServer(t, { hostNames: ['jobs.example'] });
  for (const line of [`POST ${to}`, 'GET /healthz', 'GET /', 'GET /v1/jobs']) {
    for (const host of ['evil.example', 'localhost.evil.example', '0.0.0.0', '10.0.0.1:7180']) {
      const answer = await send(server, line, { Host: host });
      assert.deepEqual([answer.status, codeOf(answer)], [421, 'host_not_allowed'], host);
    }
  }
  for (const host of [
    'LOCALHOST:1',
    '127.0.0.1:7180',
    '[::1]',
    'jobs.example',
    'Jobs.Example:80',
  ]) {
    assert.equal((await send(server, 'GET /healthz', { Host: host })).status, 200, host);
  }
  assert.equal(await server.stored(), 0);
});

test('a page of another site can make no job (W03, W05)', async (t) => {
  const server = await startServer(t);
  const foreign = [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'http://evil.example' },
    { Origin: 'null' },
    { Origin: 'http://localhost:3000' },
    { 'Sec-Fetch-Site': 'none', Origin: 'https://evil.example' },
    { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  ];
  for (const method of ['GET', 'POST', 'PUT', 'OPTIONS']) {
    for (const lines of foreign) {
      const answer = await send(server, `${method} ${to}`, lines);
      assert.deepEqual([answer.status, codeOf(answer)], [403, 'cross_site']);
    }
  }
  const job = '/v1/jobs/00000000-0000-0000-0000-000000000000';
  for (const line of ['GET /v1/jobs', `POST ${job}/cancel`, 'GET /v1/events', 'GET /metrics']) {
    assert.equal((await send(server, line, { Origin: 'null' })).status, 403, line);
  }
  assert.equal(await server.stored(), 0);
});

test('a CORS preflight is never a job and gets no CORS headers', async (t) => {
  const server = await startServer(t);
  const lines = { 'Access-Control-Request-Method': 'POST' };
  for (const more of [{}, { Origin: 'http://localhost' }, { Origin: 'http://evil.example' }]) {
    const answer = await send(server, `OPTIONS ${to}`, { ...lines, ...more });
    assert.equal(answer.status, 403);
    const names = Object.keys(answer.headers);
    assert.deepEqual(
      names.filter((name) => name.startsWith('access-control-')),
      [],
    );
  }
  assert.equal(await server.stored(), 0);
});

test('programs, our own pages, health checks and links to our page pass', async (t) => {
  const server = await startServer(t);
  assert.equal((await send(server, `POST ${to}`)).status, 202);
  const own = { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost' };
  assert.equal((await send(server, `POST ${to}`, own)).status, 202);
  assert.equal((await send(server, 'GET /healthz', { Origin: 'null' })).status, 200);
  const link = {
    'Sec-Fetch-Site': 'cross-site',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document',
  };
  assert.notEqual((await send(server, 'GET /', link)).status, 403);
});

test('a loopback server without a token refuses what comes through a proxy', async (t) => {
  const open = await startServer(t);
  const closed = await startServer(t, { token: 'right' });
  for (const name of ['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Proto', 'X-Real-IP', 'Via']) {
    const answer = await send(open, `POST ${to}`, { [name]: '127.0.0.1' });
    assert.deepEqual([answer.status, codeOf(answer)], [403, 'proxy_needs_token'], name);
    const token = { Authorization: 'Bearer right' };
    assert.equal((await send(closed, `POST ${to}`, { [name]: '1', ...token })).status, 202);
  }
  assert.equal(await open.stored(), 0);
});

test('a server with a token takes nothing without it (Z01)', async (t) => {
  const server = await startServer(t, { token: 'right' });
  const wrong = [
    {},
    { Authorization: 'Bearer wrong' },
    { Authorization: 'Basic right' },
    { Authorization: 'right' },
    { Authorization: `Bearer ${'a'.repeat(10_000)}` },
    { Authorization: 'Bearer right\r\nAuthorization: Bearer right' },
    { 'Sendoff-Token': 'wrong', Authorization: 'Bearer right' },
  ];
  for (const lines of wrong) {
    const answer = await send(server, `POST ${to}`, lines as Record<string, string>);
    assert.deepEqual([answer.status, codeOf(answer)], [401, 'unauthorized']);
    assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer/);
  }
  assert.equal((await send(server, `POST ${to}&token=right`)).status, 401);
  assert.equal((await send(server, 'GET /healthz')).status, 200);
  assert.equal((await send(server, 'GET /metrics')).status, 401);
  assert.equal(await server.stored(), 0);
  assert.equal((await send(server, `POST ${to}`, { Authorization: 'bearer right' })).status, 202);
  assert.equal((await send(server, `POST ${to}`, { 'Sendoff-Token': 'right' })).status, 202);
});

test('wrong tokens in masses are held off, right ones are not (Z06)', async (t) => {
  const server = await startServer(t, { token: 'right' });
  const guesses = Array.from({ length: 30 }, (_, at) =>
    send(server, `POST ${to}`, { Authorization: `Bearer ${at}` }),
  );
  const answers = await Promise.all(guesses);
  const refused = answers.filter((answer) => answer.status === 429);
  assert.ok(refused.length > 0);
  assert.equal(refused[0]?.headers['retry-after'], '1');
  assert.equal((await send(server, `POST ${to}`, { Authorization: 'Bearer right' })).status, 202);
});

test('the Unix socket needs no token, but one that is shown must be right', async (t) => {
  const server = await startServer(t, { token: 'right' });
  assert.equal((await stat(server.socketPath)).mode & 0o777, 0o600);
  const through = (lines: string): Promise<RawAnswer> =>
    exchangeRaw(
      { path: server.socketPath },
      `POST ${to} HTTP/1.1\r\nHost: anything\r\nContent-Length: 0\r\n${lines}\r\n`,
    );
  assert.equal((await through('')).status, 202);
  assert.equal((await through('Authorization: Bearer wrong\r\n')).status, 401);
  assert.equal((await through('Authorization: Bearer right\r\n')).status, 202);
});

test('a server does not open itself to others without a token', async (t) => {
  const refused = async (options: Partial<ServeOptions>, message: RegExp): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'sendoff-'));
    t.after(() => rm(folder, { recursive: true }));
    const opening = serve({ store: join(folder, 's.db'), listen: ['127.0.0.1:0'], ...options });
    await assert.rejects(opening, { code: 'listen_failed', message });
  };
  await refused({ listen: ['0.0.0.0:0'] }, /SENDOFF_TOKEN/);
  await refused({ listen: ['[::]:0'] }, /SENDOFF_TOKEN/);
  await refused({ token: '' }, /token/);
  await refused({ listen: ['127.0.0.1:99999'] }, /HOST:PORT/);
  const server = await startServer(t);
  await refused({ listen: [`127.0.0.1:${server.port}`] }, /in use/);
  await startServer(t, { listen: ['0.0.0.0:0', '127.0.0.1:0'], token: 'right' });
});
