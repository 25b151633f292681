import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import test from 'node:test';
import { systemClock } from '../clock.ts';
import type { Outcome } from '../job/outcome.ts';
import type { HttpLimits } from './http.ts';
import { deliverTo, startDeliverer } from './target/attempt.ts';
import { startRawTarget } from './target/raw-target.ts';

/** A target that says each piece after its delay, then falls silent. */
async function deliver(
  t: TestContext,
  pieces: readonly (readonly [delayMs: number, text: string])[],
  options: { limits: Partial<HttpLimits>; timeoutMs?: number },
): Promise<Outcome> {
  const target = await startRawTarget(t, async (socket) => {
    for (const [delayMs, text] of pieces) {
      await new Promise<void>((done) => void systemClock.after(delayMs, done));
      socket.write(text);
    }
  });
  const deliverer = startDeliverer(t, { limits: options.limits });
  return deliverTo(deliverer, `${target.origin}/`, {}, { timeoutMs: options.timeoutMs ?? 3_000 });
}

const head = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n';

test('a response that does not begin in time is `first_byte_timeout`', async (t) => {
  const outcome = await deliver(t, [], { limits: { firstByteMs: 60 } });
  assert.equal(outcome.kind === 'error' && outcome.error, 'first_byte_timeout');
  assert.equal(outcome.kind === 'error' && outcome.isSent, true);
});

test('once it has begun, only silence counts', async (t) => {
  const pieces = [[0, head], ...'abcdef'.split('').map((text) => [50, text])] as [number, string][];
  const outcome = await deliver(t, pieces, { limits: { firstByteMs: 100, idleMs: 250 } });
  assert.equal(outcome.kind === 'response' && outcome.response.isIncomplete, false);
});

test('silence within the body leaves the response, marked incomplete', async (t) => {
  const outcome = await deliver(t, [[0, `${head}abc`]], { limits: { idleMs: 60 } });
  assert.equal(outcome.kind, 'response');
  assert.equal(outcome.kind === 'response' && outcome.response.isIncomplete, true);
  assert.equal(outcome.error, 'idle_timeout');
  assert.match(outcome.detail ?? '', /^The response fell silent for 60 ms/);
});

test('an attempt may bring limits of its own, in both directions', async (t) => {
  const target = await startRawTarget(t, (socket, request) => {
    if (request.startsWith('GET /late'))
      systemClock.after(120, () => socket.write(`${head}abcdef`));
    else socket.write(`${head}abc`);
  });
  const deliverer = startDeliverer(t, { limits: { firstByteMs: 50, idleMs: 3_000 } });
  const get = { method: 'GET' };
  const late = await deliverTo(deliverer, `${target.origin}/late`, get, { firstByteMs: 2_000 });
  assert.equal(late.kind, 'response');
  const silent = await deliverTo(deliverer, `${target.origin}/silent`, get, { idleMs: 60 });
  assert.equal(silent.error, 'idle_timeout');
});

test('while the request goes out, the first byte is not late', async (t) => {
  const target = await startRawTarget(t, (socket) => void socket.write(`${head}abcdef`));
  const deliverer = startDeliverer(t, { limits: { firstByteMs: 150 } });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 6; n++) {
      await new Promise<void>((done) => void systemClock.after(50, done));
      yield Buffer.from('x');
    }
  }
  const body = { kind: 'chunks', bodyBytes: 6, read: pieces } as const;
  const outcome = await deliverTo(deliverer, `${target.origin}/`, {}, { body });
  assert.equal(outcome.kind, 'response');
});

test('before the response begins there is no limit but the total one', async (t) => {
  const limits = { idleMs: 40 };
  const patient = await deliver(t, [[150, `${head}abcdef`]], { limits });
  assert.equal(patient.kind, 'response');
  const outcome = await deliver(t, [], { limits, timeoutMs: 100 });
  assert.equal(outcome.kind === 'error' && outcome.error, 'timeout');
});
