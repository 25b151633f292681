import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { openClient } from '../client.ts';
import { systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import type { BulkLine, SendInput } from '../sendoff.ts';

const target = 'http://target.test/a';
const servers: Server[] = [];

/** No pause is longer than a turn. */
const hasty = {
  ...systemClock,
  after: (_: number, action: () => void): (() => void) => systemClock.after(0, action),
};

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

async function serve(handler: Handler): Promise<string> {
  const server = createServer((request, response) => void handler(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** Answers each line as it comes; cuts the connection once after `cutAfter` answers. */
function ndjson(stored: Set<string>, cutAfter = Number.POSITIVE_INFINITY): Handler {
  let isCut = false;
  return async (request, response) => {
    if (request.headers['content-type'] !== 'application/x-ndjson') {
      await textOf(request);
      const id = String(request.headers['sendoff-id']);
      stored.add(id);
      return response.writeHead(202).end(JSON.stringify({ id, duplicate: false }));
    }
    response.writeHead(200);
    response.flushHeaders();
    let rest = '';
    let answered = 0;
    for await (const piece of request) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const { id, url } = JSON.parse(line);
        const duplicate = stored.has(id);
        if (!url.startsWith('http')) {
          response.write('{"line":0,"code":"invalid_url","detail":"bad"}\n');
          continue;
        }
        stored.add(id);
        if (++answered > cutAfter && !isCut) {
          isCut = true;
          return request.socket.destroy();
        }
        response.write(`${JSON.stringify({ line: 0, id, ...(duplicate ? { duplicate } : {}) })}\n`);
      }
    }
    return response.end();
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('sendMany answers every item in order, refused and large ones included', async () => {
  const stored = new Set<string>();
  await using client = openClient(await serve(ndjson(stored)));
  const items: SendInput[] = [
    { url: target, body: 'a' },
    { url: target, json: 1n } as never,
    { url: 'nonsense' },
    { url: target, body: Buffer.alloc(limits.clientLineBytes + 1) },
    { url: target },
  ];
  const progress: object[] = [];
  const lines = await collect(
    client.sendMany(items, { onProgress: (counts) => progress.push(counts) }),
  );
  const codes = lines.map((line) => ('code' in line ? line.code : 'ok'));
  assert.deepEqual(codes, ['ok', 'invalid_json', 'invalid_url', 'ok', 'ok']);
  assert.deepEqual(
    lines.map(({ line }) => line),
    [1, 2, 3, 4, 5],
  );
  assert.deepEqual(progress.at(-1), { accepted: 3, refused: 2 });
  assert.equal(stored.size, 3);
});

test('sendMany goes on after a cut connection and stores nothing twice', async () => {
  const stored = new Set<string>();
  await using client = openClient(await serve(ndjson(stored, 40)));
  const items = Array.from({ length: 100 }, (_, n) => ({ url: target, body: String(n) }));
  const lines = (await collect(client.sendMany(items))) as Extract<BulkLine, { id: string }>[];
  assert.equal(lines.length, 100);
  assert.equal(new Set(lines.map(({ id }) => id)).size, 100);
  assert.equal(stored.size, 100);
  assert.ok(lines.every(({ duplicate }) => duplicate === undefined));
});

test('sendMany reads no further than the server keeps up', async () => {
  let pulled = 0;
  const url = await serve((request, response) => {
    response.writeHead(200);
    response.flushHeaders();
    request.resume();
  });
  await using client = openClient(url);
  function* endless(): Generator<SendInput> {
    for (;;) {
      pulled++;
      yield { url: target };
    }
  }
  const lines = client.sendMany(endless())[Symbol.asyncIterator]();
  const first = assert.rejects(lines.next(), { code: 'closed' });
  while (pulled < limits.clientLinesUnanswered) await new Promise(setImmediate);
  for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate);
  assert.ok(pulled <= limits.clientLinesUnanswered + 1);
  await client.close();
  await first;
});

test('a stream whose connection broke is refused and never sent again', async () => {
  const stored = new Set<string>();
  const lines = ndjson(stored);
  let streams = 0;
  const url = await serve((request, response) => {
    if (request.headers['content-type'] === 'application/x-ndjson') return lines(request, response);
    if (++streams > 1) return lines(request, response);
    return request.once('data', () => request.socket.destroy());
  });
  await using client = openClient(url);
  const body = new Blob([Buffer.alloc(limits.inlineBodyBytes * 3, 'x')]).stream();
  const answers = await collect(client.sendMany([{ url: target, body }, { url: target }]));
  const codes = answers.map((line) => ('code' in line ? line.code : 'ok'));
  assert.deepEqual(codes, ['unreachable', 'ok']);
  assert.equal(streams, 1);
  assert.equal(stored.size, 1);
});

test('a line that meets a stopping server goes out again by the same id', async () => {
  for (const code of ['stopping', 'busy', 'closed']) {
    const stored = new Set<string>();
    const lines = ndjson(stored);
    let calls = 0;
    const url = await serve((request, response) => {
      if (++calls > 1) return lines(request, response);
      return response.end(`${JSON.stringify({ line: 0, code, detail: 'Later' })}\n`);
    });
    await using client = openClient(url, { clock: hasty });
    const answers = await collect(client.sendMany([{ url: target }, { url: target }]));
    assert.ok(
      answers.every((line) => 'id' in line),
      code,
    );
    assert.deepEqual([stored.size, calls], [2, 2]);
  }
});

test('a server that stays in its stop ends the hand-over with its own code', async () => {
  let calls = 0;
  const url = await serve((_, response) => {
    calls++;
    response.end('{"line":0,"code":"stopping","detail":"This server is stopping"}\n');
  });
  await using client = openClient(url, { clock: hasty });
  await assert.rejects(collect(client.sendMany([{ url: target }])), { code: 'stopping' });
  assert.equal(calls, 1 + limits.clientRepeats);
});

test('the error of a source reaches the caller after the answers of what it gave', async () => {
  const stored = new Set<string>();
  await using client = openClient(await serve(ndjson(stored)));
  function* source(): Generator<SendInput> {
    yield { url: target };
    throw new Error('the source broke');
  }
  const lines: BulkLine[] = [];
  const run = async (): Promise<void> => {
    for await (const line of client.sendMany(source())) lines.push(line);
  };
  await assert.rejects(run(), /the source broke/);
  assert.equal(lines.length, 1);
});

test('a source that gives nothing does not hold back who gives up', async () => {
  await using client = openClient('http://127.0.0.1:9');
  async function* stuck(): AsyncGenerator<SendInput> {
    await new Promise(() => {});
    yield { url: target };
  }
  const stop = new AbortController();
  const lines = collect(client.sendMany(stuck(), { signal: stop.signal }));
  setImmediate(() => stop.abort('enough'));
  await assert.rejects(lines, { code: 'aborted', cause: 'enough' });
});

test('raw lines keep their text and get an id in front', async () => {
  const seen: string[] = [];
  const url = await serve(async (request, response) => {
    seen.push(...(await textOf(request)).trim().split('\n'));
    response.end(seen.map((_, line) => JSON.stringify({ line, id: 'x' })).join('\n'));
  });
  await using client = openClient(url);
  async function* lines(): AsyncGenerator<string> {
    yield '{ "url":"http://a.test", "json":9007199254740993}';
    yield '{"id":"own","url":"http://a.test"}';
    yield 'no json';
  }
  assert.equal((await collect(client.sendLines(lines()))).length, 3);
  assert.match(
    seen[0]!,
    /^\{"id":"[0-9a-f-]{36}", "url":"http:\/\/a\.test", "json":9007199254740993\}$/,
  );
  assert.equal(seen[1], '{"id":"own","url":"http://a.test"}');
  assert.equal(seen[2], 'no json');
});
