// Jobs as lines: any number of them, each answered in order after its commit.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { startServer, type TestServer } from './running-server.ts';

const url = 'http://127.0.0.1:61999/x';

interface Answered {
  readonly line: number;
  readonly id?: string;
  readonly code?: string;
  readonly duplicate?: boolean;
}

async function post(server: TestServer, body: string | ReadableStream): Promise<Answered[]> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const init = { method: 'POST', body, headers, duplex: 'half' as const };
  const answer = await fetch(`${server.url}/v1/jobs`, init);
  assert.equal(answer.status, 200);
  const lines = (await answer.text()).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Answered);
}

test('each line is answered in order, wrong ones cost the others nothing', async (t) => {
  const server = await startServer(t);
  const job = JSON.stringify({ url, delay: '1h', key: 'one' });
  const large = JSON.stringify({ url, delay: '1h', body: 'a'.repeat(200_000) });
  const answers = await post(server, [job, 'x', '', job, large, '[]', `${job}\r`].join('\n'));
  assert.deepEqual(
    answers.map(({ line, code, duplicate }) => [line, code ?? duplicate ?? false]),
    [
      [1, false],
      [2, 'invalid_json'],
      [4, true],
      [5, false],
      [6, 'invalid_json_type'],
      [7, true],
    ],
  );
  assert.equal(await server.stored(), 2);
});

test('lines without number are stored while they come', async (t) => {
  const server = await startServer(t);
  const count = 5_000;
  const line = Buffer.from(`${JSON.stringify({ url, delay: '1h' })}\n`);
  const pieces = Array.from({ length: 100 }, () => Buffer.concat(Array(count / 100).fill(line)));
  const answers = await post(server, ReadableStream.from(pieces));
  assert.equal(answers.length, count);
  assert.ok(answers.every((answer, at) => answer.line === at + 1 && answer.id !== undefined));
  assert.equal(await server.stored(), count);
});

test('a line over the limit is told, not kept', async (t) => {
  const server = await startServer(t);
  const long = Buffer.alloc(limits.jsonLineBytes + 1, 'a');
  const job = Buffer.from(`\n${JSON.stringify({ url, delay: '1h' })}`);
  const answers = await post(server, ReadableStream.from([long, job]));
  assert.deepEqual(
    answers.map(({ line, code }) => [line, code]),
    [
      [1, 'body_too_large'],
      [2, undefined],
    ],
  );
});

test('a hand-over that breaks off keeps the lines that were answered', async (t) => {
  const server = await startServer(t);
  const socket = connect(server.port, '127.0.0.1');
  t.after(() => socket.destroy());
  const line = `${JSON.stringify({ url, delay: '1h' })}\n`;
  const type = 'Content-Type: application/x-ndjson';
  const lines = ['Host: localhost', type, 'Transfer-Encoding: chunked'];
  const head = ['POST /v1/jobs HTTP/1.1', ...lines, '', ''].join('\r\n');
  socket.write(`${head}${line.length.toString(16)}\r\n${line}\r\n5\r\n{"url\r\n`);
  let text = '';
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString();
    if (text.includes('"line":1')) break;
  }
  socket.destroy();
  assert.equal(await server.stored(), 1);
});
