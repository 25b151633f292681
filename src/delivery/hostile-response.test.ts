import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { systemClock } from '../clock.ts';
import type { HttpTarget, Response } from '../job/job.ts';
import type { Outcome } from '../job/outcome.ts';
import type { Attempt } from './deliverer.ts';
import { bytesOf, deliverTo, MemorySpill, startDeliverer } from './target/attempt.ts';
import { allClosed, startRawTarget } from './target/raw-target.ts';

const after = (ms: number): Promise<void> =>
  new Promise((done) => void systemClock.after(ms, done));

/** Writes for ever, in bites, until it is cut off. */
async function pour(socket: Socket, bite: string | Buffer, pauseMs: number): Promise<void> {
  while (!socket.destroyed) {
    if (!socket.write(bite))
      await new Promise((done) => socket.once('drain', done).once('close', done));
    await after(pauseMs);
  }
}

async function answered(
  t: TestContext,
  answer: string | Buffer | ((socket: Socket) => void),
  more: Omit<Partial<Attempt>, 'target'> & { target?: Partial<HttpTarget>; limits?: object } = {},
): Promise<{ outcome: Outcome; sockets: Set<Socket>; arrivals: string[] }> {
  const { target: wanted, limits, ...attempt } = more;
  const target = await startRawTarget(t, (socket) => {
    if (typeof answer === 'function') answer(socket);
    else socket.write(answer);
  });
  const deliverer = startDeliverer(t, limits ? { limits } : {});
  const outcome = await deliverTo(deliverer, `${target.origin}/`, wanted, attempt);
  return { outcome, sockets: target.sockets, arrivals: target.arrivals };
}

function codeOf(outcome: Outcome): string {
  return outcome.kind === 'error' ? outcome.error : `status ${outcome.response.status}`;
}

function responseOf(outcome: Outcome): Response {
  assert.equal(outcome.kind, 'response', JSON.stringify(outcome));
  return (outcome as { response: Response }).response;
}

const junk: Record<string, string> = {
  'status 99': 'HTTP/1.1 99 Low\r\ncontent-length: 0\r\n\r\n',
  'status 000': 'HTTP/1.1 000 None\r\ncontent-length: 0\r\n\r\n',
  'status 600': 'HTTP/1.1 600 High\r\ncontent-length: 0\r\n\r\n',
  'status 999': 'HTTP/1.1 999 Highest\r\ncontent-length: 0\r\n\r\n',
  'status 1000': 'HTTP/1.1 1000 More\r\ncontent-length: 0\r\n\r\n',
  'a letter in the status': 'HTTP/1.1 2OO OK\r\n\r\n',
  'a line of junk': 'hello, who is there?\r\n\r\n',
  'HTTP/0.9': '<html>no status line</html>',
  'an SMTP banner': '220 mail.example ESMTP\r\n',
  'switching protocols': 'HTTP/1.1 101 Switch\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
  'switching protocols to nothing': 'HTTP/1.1 101 Switch\r\n\r\n',
  'length and chunked':
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n' +
    '3\r\nabc\r\n0\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd',
  'a header without a colon': 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n',
};

for (const [name, answer] of Object.entries(junk)) {
  test(`${name} is \`bad_response\`, and the socket is destroyed`, async (t) => {
    const { outcome, sockets, arrivals } = await answered(t, answer);
    assert.equal(codeOf(outcome), 'bad_response', JSON.stringify(outcome));
    assert.equal(outcome.kind === 'error' && outcome.isSent, true);
    assert.equal(arrivals.length, 1);
    await allClosed(sockets);
  });
}

test('a status without a reason is fine', async (t) => {
  const { outcome } = await answered(t, 'HTTP/1.1 204\r\n\r\n');
  assert.equal(responseOf(outcome).status, 204);
});

test('informational responses are passed over, but not a flood of them', async (t) => {
  const hint = 'HTTP/1.1 103 Hint\r\nlink: <a>\r\n\r\n';
  const few = await answered(t, `${hint.repeat(100)}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`);
  assert.equal(codeOf(few.outcome), 'status 200');
  const flood = await answered(t, (socket) => void pour(socket, hint.repeat(50), 0));
  assert.equal(codeOf(flood.outcome), 'response_headers_too_large');
  await allClosed(flood.sockets);
});

test('headers beyond the limit end the attempt', async (t) => {
  const long = await answered(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx: ');
    void pour(socket, 'y'.repeat(65_536), 0);
  });
  assert.equal(codeOf(long.outcome), 'response_headers_too_large');
  const many = await answered(t, `HTTP/1.1 200 OK\r\n${'a:b\r\n'.repeat(100_000)}\r\n`);
  assert.equal(codeOf(many.outcome), 'response_headers_too_large');
});

test('headers that drip run into the deadline', async (t) => {
  const { outcome, sockets } = await answered(
    t,
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      void pour(socket, 'x', 10);
    },
    { timeoutMs: 150 },
  );
  assert.equal(codeOf(outcome), 'timeout');
  await allClosed(sockets);
});

test('a body that drips is the response it began as when the deadline comes', async (t) => {
  const { outcome, sockets } = await answered(
    t,
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      void pour(socket, 'x', 10);
    },
    { timeoutMs: 150 },
  );
  const response = responseOf(outcome);
  assert.equal(response.isIncomplete, true);
  assert.ok(response.bodyBytes > 0);
  assert.equal(outcome.error, 'timeout');
  await allClosed(sockets);
});

test('a body without end is cut at the limit, and the socket destroyed', async (t) => {
  for (const length of ['', 'content-length: 1000000000000000\r\n']) {
    const { outcome, sockets } = await answered(
      t,
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${length}\r\n`);
        void pour(socket, 'x'.repeat(50_000), 0);
      },
      { limits: { responseBodyBytes: 60_000 } },
    );
    const response = responseOf(outcome);
    assert.equal(response.isTruncated, true);
    assert.equal(response.isIncomplete, false);
    assert.equal(response.bodyBytes, 60_000);
    assert.equal(response.body?.length, 60_000);
    await allClosed(sockets);
  }
});

test('a body of exactly the limit is whole', async (t) => {
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n${'x'.repeat(10)}`;
  const { outcome } = await answered(t, answer, { limits: { responseBodyBytes: 10 } });
  assert.equal(responseOf(outcome).isTruncated, false);
});

test('a connection cut within the body leaves the response, marked incomplete', async (t) => {
  for (const head of ['content-length: 10', 'transfer-encoding: chunked']) {
    const { outcome } = await answered(t, (socket) => {
      socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n5\r\n`);
    });
    assert.equal(responseOf(outcome).isIncomplete, true, head);
    assert.match(outcome.error ?? '', /^closed$|^bad_response$/);
  }
});

test('a body that ends with the connection is whole', async (t) => {
  const { outcome } = await answered(t, (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nall of it'));
  const response = responseOf(outcome);
  assert.equal(response.isIncomplete, false);
  assert.equal(Buffer.from(response.body!).toString(), 'all of it');
});

test('a compressed bomb is kept as it came', async (t) => {
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  const encodings = new Array(5_000).fill('gzip').join(',');
  const lines = `content-encoding: ${encodings}\r\ncontent-length: ${bomb.length}`;
  const head = `HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`;
  const { outcome } = await answered(t, Buffer.concat([Buffer.from(head), bomb]));
  assert.deepEqual(Buffer.from(responseOf(outcome).body!), bomb);
});

test('redirects are not followed and cookies not kept', async (t) => {
  for (const status of [301, 302, 303, 307, 308]) {
    const lines = 'location: /elsewhere\r\nset-cookie: a=b\r\ncontent-length: 0';
    const head = `HTTP/1.1 ${status} Go\r\n${lines}\r\n\r\n`;
    const target = await startRawTarget(t, (socket) => socket.write(head));
    const deliverer = startDeliverer(t);
    for (let i = 0; i < 2; i++) {
      const response = responseOf(await deliverTo(deliverer, `${target.origin}/`));
      assert.equal(response.status, status);
      assert.deepEqual(response.headers[0], ['location', '/elsewhere']);
      assert.deepEqual(response.headers[1], ['set-cookie', 'a=b']);
    }
    assert.equal(target.arrivals.length, 2);
    assert.doesNotMatch(target.arrivals.join(), /cookie|elsewhere/);
  }
});

test('a body where none may be is ignored, and the socket not used again', async (t) => {
  for (const status of [204, 304]) {
    const head = `HTTP/1.1 ${status} No\r\ncontent-length: 5\r\n\r\nHTTP/`;
    const { outcome, sockets } = await answered(t, head);
    assert.equal(responseOf(outcome).bodyBytes, 0);
    await allClosed(sockets);
  }
});

test('a response to HEAD has no body, whatever length it claims', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n';
  const { outcome } = await answered(t, head, { target: { method: 'HEAD' } });
  assert.equal(responseOf(outcome).bodyBytes, 0);
  assert.equal(responseOf(outcome).isIncomplete, false);
});

test('a target that hangs up first is `closed` or `reset`, and counts as sent', async (t) => {
  const hangUps: [string, (socket: Socket) => void][] = [
    ['closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
    ['closed', (socket) => socket.end('HTTP/1.1 200 OK\r\nx: y')],
  ];
  for (const [code, hangUp] of hangUps) {
    const { outcome, arrivals } = await answered(t, hangUp, { body: bytesOf('x') });
    assert.equal(codeOf(outcome), code, JSON.stringify(outcome));
    assert.equal(outcome.kind === 'error' && outcome.isSent, true);
    assert.equal(arrivals.length, 1);
  }
});

test('an endless body spills no more than the limit', async (t) => {
  const spill = new MemorySpill();
  const { outcome } = await answered(
    t,
    (socket) => {
      socket.write('HTTP/1.1 500 No\r\n\r\n');
      void pour(socket, Buffer.alloc(65_536), 0);
    },
    { limits: { responseBodyBytes: 1_000_000 }, spill: () => spill },
  );
  const { bodyId, bodyBytes, isTruncated, body } = responseOf(outcome);
  assert.deepEqual(
    { bodyId, bodyBytes, isTruncated, body },
    { bodyId: 7, bodyBytes: 1_000_000, isTruncated: true, body: null },
  );
  assert.equal(spill.bytes, 1_000_000);
  assert.equal(spill.isEnded, true);
});
