import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import test from 'node:test';
import { systemClock } from '../clock.ts';
import type { HttpTarget } from '../job/job.ts';
import type { Outcome } from '../job/outcome.ts';
import { createEgressPolicy } from './egress.ts';
import { createSender, type Sender, type SenderOptions } from './sender.ts';
import { allClosed, startRawTarget } from './target/raw-target.ts';

function startSender(t: TestContext, options: Partial<SenderOptions> = {}): Sender {
  const egress = createEgressPolicy({ allowPrivate: true });
  const sender = createSender({ clock: systemClock, egress, userAgent: 'sendoff/1', ...options });
  t.after(() => sender.close());
  return sender;
}

function send(
  sender: Sender,
  url: string,
  more: Partial<HttpTarget> & { readonly timeoutMs?: number } = {},
): { readonly outcome: Promise<Outcome>; readonly cut: () => void } {
  const { timeoutMs = 5_000, ...given } = more;
  const target: HttpTarget = { kind: 'http', method: 'GET', url, headers: [], ...given };
  const request = sender.sendable({ target, body: null, timeoutMs, added: [] });
  let cut: () => void = () => {};
  const outcome = new Promise<Outcome>((settle) => {
    cut = sender.send(request, settle);
  });
  return { outcome, cut };
}

function pause(): Promise<void> {
  return new Promise<void>((resume) => void systemClock.after(5, resume));
}

function errorOf(outcome: Outcome): string {
  return outcome.kind === 'error' ? outcome.error : `status ${outcome.response.status}`;
}

test('an answer comes back as it is, with the lines of the caller and few others', async (t) => {
  const answer =
    'HTTP/1.1 200 Fine\r\nX-One: 1\r\nx-ONE: caf\xe9\r\nContent-Length: 5\r\n\r\nhel\0o';
  const target = await startRawTarget(t, (socket) => socket.write(answer, 'latin1'));
  const headers = [['X-Mine', 'a'] as const];
  const outcome = await send(startSender(t), `${target.origin}/a?b=c`, { headers }).outcome;
  assert.ok(outcome.kind === 'response');
  const { status, body, isTruncated, isIncomplete, headers: lines } = outcome.response;
  assert.deepEqual([status, isTruncated, isIncomplete], [200, false, false]);
  assert.equal(Buffer.from(body ?? []).toString(), 'hel\0o');
  assert.deepEqual(lines, [
    ['X-One', '1'],
    ['x-ONE', 'caf\xe9'],
    ['Content-Length', '5'],
  ]);
  const [request = ''] = target.arrivals;
  assert.match(request, /^GET \/a\?b=c HTTP\/1.1\r\n/);
  assert.match(request, /\r\nX-Mine: a\r\naccept-encoding: identity\r\nuser-agent: sendoff\/1\r\n/);
  assert.doesNotMatch(request, /traceparent|idempotency-key|sendoff-attempt/i);
});

test('a deadline and a cut close the socket', async (t) => {
  const target = await startRawTarget(t, () => {});
  const sender = startSender(t);
  const late = await send(sender, `${target.origin}/late`, { timeoutMs: 20 }).outcome;
  assert.deepEqual([errorOf(late), late.kind === 'error' && late.isSent], ['timeout', true]);
  await allClosed(target.sockets);
  const { outcome, cut } = send(sender, `${target.origin}/cut`);
  while (target.arrivals.length < 2) await pause();
  cut();
  assert.equal(errorOf(await outcome), 'aborted');
  await allClosed(target.sockets);
});

test('what is larger than the limit is cut and flagged; so is what breaks off', async (t) => {
  const target = await startRawTarget(t, (socket, request) => {
    if (request.startsWith('GET /large')) {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(100_000)}`);
    } else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
  });
  const sender = startSender(t, { responseBodyBytes: 1_000 });
  const large = await send(sender, `${target.origin}/large`).outcome;
  assert.ok(large.kind === 'response');
  assert.deepEqual([large.response.bodyBytes, large.response.isTruncated], [1_000, true]);
  const broken = await send(sender, `${target.origin}/broken`).outcome;
  assert.ok(broken.kind === 'response');
  assert.deepEqual([broken.response.bodyBytes, broken.response.isIncomplete], [4, true]);
});

test('where nobody may go it does not go either', async (t) => {
  const target = await startRawTarget(t, () => {});
  const egress = createEgressPolicy({ allowPrivate: false });
  const { outcome } = send(startSender(t, { egress }), `${target.origin}/`);
  assert.equal(errorOf(await outcome), 'address_not_allowed');
  const isSelf = (): boolean => true;
  const own = send(startSender(t, { isSelf }), `${target.origin}/`);
  assert.equal(errorOf(await own.outcome), 'self_target');
  assert.equal(target.sockets.size, 0);
});

test('a target that answers junk, or hints for ever, is given up', async (t) => {
  const target = await startRawTarget(t, (socket, request) => {
    if (request.startsWith('GET /hints')) {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(200));
    } else socket.end('HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n');
  });
  const sender = startSender(t);
  const hints = await send(sender, `${target.origin}/hints`).outcome;
  assert.equal(errorOf(hints), 'response_headers_too_large');
  assert.equal(errorOf(await send(sender, `${target.origin}/odd`).outcome), 'bad_response');
});

test('closing ends what is under way, and takes nothing more', async (t) => {
  const target = await startRawTarget(t, () => {});
  const sender = startSender(t);
  const { outcome } = send(sender, `${target.origin}/`);
  await sender.close();
  assert.equal(errorOf(await outcome), 'aborted');
  assert.equal(errorOf(await send(sender, `${target.origin}/`).outcome), 'aborted');
});
