import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { limits } from '../limits.ts';
import type { JobEvent } from '../sendoff.ts';
import { createEventWriter } from './event-writer.ts';

function event(number: number): JobEvent {
  const url = `http://a.example/${'x'.repeat(2_000)}`;
  return { id: `boot-${number}`, type: 'job.stored', at: new Date(0).toISOString(), url };
}

async function pausedReader(t: TestContext) {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  return { socket, response };
}

test('a reader that stops reading costs a bounded queue and gets a reset', async (t) => {
  const { socket, response } = await pausedReader(t);
  const writer = createEventWriter(response);
  const count = 20_000;
  for (let number = 1; number <= count; number++) {
    writer.event(event(number));
    // Lets the socket take what it can.
    if (number % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  // What waits, and what it was joined to when the socket took some.
  assert.ok(response.writableLength < 2 * limits.eventsWaiting * 2_300);
  socket.resume();
  let text = '';
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString();
    if (text.includes('event: reset')) break;
  }
  assert.match(text, new RegExp(`id: boot-${count}\\nevent: reset\\n`));
  assert.ok((text.match(/event: job\.stored/g) ?? []).length < count - limits.eventsWaiting);
});

test('a reader that stays silent for many heartbeats is given up', async (t) => {
  const { response } = await pausedReader(t);
  const writer = createEventWriter(response);
  // More than any socket buffer takes.
  for (let number = 1; number <= 8_000; number++) writer.event(event(number));
  for (let beat = 0; beat < 20 && !response.destroyed; beat++) writer.comment(':\n\n');
  assert.ok(response.destroyed);
});
