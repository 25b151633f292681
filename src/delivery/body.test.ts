import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import test from 'node:test';
import type { Attempt } from './deliverer.ts';
import { attemptOf, deliverTo, MemorySpill, startDeliverer } from './target/attempt.ts';

const MIB = 1_048_576;

async function startHttp(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function chunksOf(
  count: number,
  more: { bodyBytes?: number; failAt?: number } = {},
): Attempt['body'] {
  const chunk = Buffer.alloc(65_536, 'x');
  return {
    kind: 'chunks',
    bodyBytes: more.bodyBytes ?? count * chunk.length,
    async *read() {
      for (let i = 0; i < count; i++) {
        if (i === more.failAt) throw new Error('disk gone');
        yield chunk;
      }
    },
  };
}

function countingTarget(received: { bytes: number; length?: string }): RequestListener {
  return (request, response) => {
    received.length = request.headers['content-length'] ?? '';
    request.on('data', (chunk) => {
      received.bytes += chunk.length;
    });
    request.on('error', () => {});
    request.on('end', () => response.end('got it'));
  };
}

test('100 MiB out and 100 MiB in leave memory flat', async (t) => {
  const received = { bytes: 0 };
  const count = countingTarget(received);
  const url = await startHttp(t, (request, response) => {
    count(request, Object.assign(response, { end: () => response }));
    request.on('end', () => {
      let left = 100;
      const more = (): void => {
        while (left-- > 0) if (!response.write(Buffer.alloc(MIB, left))) return;
        response.destroy();
      };
      response.writeHead(200, { 'content-length': 100 * MIB }).on('drain', more);
      more();
    });
  });
  const before = process.memoryUsage.rss();
  let most = 0;
  const spill = new MemorySpill({
    see: () => {
      most = Math.max(most, process.memoryUsage.rss());
    },
  });
  const more = { body: chunksOf(1_600), spill: () => spill, timeoutMs: 60_000 };
  const outcome = await deliverTo(startDeliverer(t), url, {}, more);
  assert.equal(outcome.kind, 'response', JSON.stringify(outcome));
  assert.equal(received.bytes, 100 * MIB);
  assert.equal(spill.bytes, 100 * MIB);
  assert.ok(spill.isEnded && !spill.isDiscarded);
  // The target in this process holds some of it, too.
  assert.ok(most - before < 96 * MIB, `grew by ${Math.round((most - before) / MIB)} MiB`);
});

test('a streamed body has its length, with any method', async (t) => {
  for (const method of ['POST', 'GET', 'DELETE']) {
    const received = { bytes: 0, length: '' };
    const url = await startHttp(t, countingTarget(received));
    const outcome = await deliverTo(startDeliverer(t), url, { method }, { body: chunksOf(3) });
    assert.equal(outcome.kind, 'response');
    assert.deepEqual(received, { bytes: 196_608, length: '196608' });
  }
});

test('a body that cannot be read is `body_lost` and final', async (t) => {
  const url = await startHttp(t, countingTarget({ bytes: 0 }));
  const deliverer = startDeliverer(t);
  const cases: [Attempt['body'], boolean][] = [
    [chunksOf(3, { failAt: 0 }), false],
    [chunksOf(3, { failAt: 2 }), true],
    [chunksOf(3, { bodyBytes: 200_000 }), true],
    [chunksOf(3, { bodyBytes: 100_000 }), true],
  ];
  for (const [body, isSent] of cases) {
    const outcome = await deliverTo(deliverer, url, {}, { body });
    assert.ok(outcome.kind === 'error', JSON.stringify(outcome));
    assert.equal(outcome.error, 'body_lost');
    assert.equal(outcome.isFinal, true);
    assert.equal(outcome.isSent, isSent);
  }
});

test('a target that answers before it has read the body is heard', async (t) => {
  const early = await startHttp(t, (_request, response) => {
    response.writeHead(413, { connection: 'close' }).end('too much');
  });
  const outcome = await deliverTo(startDeliverer(t), early, {}, { body: chunksOf(2) });
  assert.equal(outcome.kind === 'response' && outcome.response.status, 413);
});

test('the next chunk waits until the last is taken', async (t) => {
  const spill = new MemorySpill({ delayMs: 1 });
  const url = await startHttp(t, (_request, response) => response.end(Buffer.alloc(3 * MIB)));
  const outcome = await deliverTo(startDeliverer(t), url, {}, { spill: () => spill });
  assert.equal(outcome.kind === 'response' && outcome.response.bodyBytes, 3 * MIB);
  assert.equal(spill.bytes, 3 * MIB);
});

test('a body whose writes never wait comes whole', async (t) => {
  const spill = Object.assign(new MemorySpill(), {
    async write(this: MemorySpill, chunk: Uint8Array) {
      this.bytes += chunk.length;
    },
  });
  const url = await startHttp(t, (_request, response) => response.end(Buffer.alloc(3 * MIB)));
  const outcome = await deliverTo(startDeliverer(t), url, {}, { spill: () => spill });
  assert.equal(outcome.kind === 'response' && outcome.response.isIncomplete, false);
  assert.equal(spill.bytes, 3 * MIB);
});

test('an attempt that is aborted gives its spill back', async (t) => {
  const stop = new AbortController();
  const spill = new MemorySpill({ see: () => stop.abort() });
  const url = await startHttp(t, (_request, response) => response.end(Buffer.alloc(3 * MIB)));
  const attempt = attemptOf(url, {}, { spill: () => spill });
  const outcome = await startDeliverer(t).deliver(attempt, stop.signal);
  assert.equal(outcome.kind === 'error' && outcome.error, 'aborted');
  assert.deepEqual([spill.isDiscarded, spill.isEnded], [true, false]);
});

test('a slow store is not taken for a silent target', async (t) => {
  const spill = new MemorySpill({ delayMs: 80 });
  const url = await startHttp(t, (_request, response) => response.end(Buffer.alloc(200_000)));
  const deliverer = startDeliverer(t, { limits: { idleMs: 40 } });
  const outcome = await deliverTo(deliverer, url, {}, { spill: () => spill });
  assert.equal(outcome.kind === 'response' && outcome.response.isIncomplete, false);
});

test('a response whose body cannot be kept is a response without one', async (t) => {
  const url = await startHttp(t, (_request, response) => response.end(Buffer.alloc(200_000)));
  const broken = new MemorySpill({
    see: () => {
      throw new Error('disk full');
    },
  });
  const noSpill = (): never => {
    throw new Error('no space');
  };
  for (const spill of [() => broken, noSpill]) {
    const outcome = await deliverTo(startDeliverer(t), url, {}, { spill });
    assert.ok(outcome.kind === 'response');
    const { status, bodyBytes, isTruncated, bodyId } = outcome.response;
    assert.deepEqual(
      { status, bodyBytes, isTruncated, bodyId },
      { status: 200, bodyBytes: 0, isTruncated: true, bodyId: null },
    );
    assert.equal(outcome.detail, 'The body could not be kept');
  }
  assert.equal(broken.isDiscarded, true);
});
