// Output of commands over HTTP, as far as connections are concerned.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Receipt } from '../../src/sendoff.ts';
import { callJson } from '../support/call.ts';
import { startServer } from './running-server.ts';

test('readers who come one after the other over one connection leave nothing on it', async (t) => {
  const commands = { say: { program: '/bin/echo', args: ['hello'] } };
  const { url } = await startServer(t, { commands });
  const run = `${url}/v1/commands/say/run`;
  const { id } = await callJson<Receipt>(run, { method: 'POST' });
  await callJson(`${url}/v1/jobs/${id}`, { headers: { prefer: 'wait=60' } });
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', onWarning);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  for (let n = 0; n < 12; n++) {
    const asked = get(`${url}/v1/jobs/${id}/output`, { agent });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    ports.add(answer.socket.localPort);
    assert.match(await text(answer), /"text":"hello\\n"[\s\S]*event: end/);
  }
  agent.destroy();
  process.off('warning', onWarning);
  assert.equal(ports.size, 1);
  assert.deepEqual(warnings, []);
});
