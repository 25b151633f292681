// Connections that ask for nothing (A24), against a server that may open few files.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startTarget } from '../api/ledger-target.ts';
import { call } from '../support/call.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { temporaryStore } from './bench.ts';

const launcher = fileURLToPath(new URL('../../bin/sendoff.js', import.meta.url));
const FILES = 256;
const MOST = FILES / 4;

async function startWithFewFiles(t: TestContext): Promise<{ port: number; stderr(): string }> {
  const port = await freePort();
  const serve = ['serve', '--listen', `127.0.0.1:${port}`, '--store', temporaryStore(t)];
  const script = `ulimit -n ${FILES}; exec "$0" "$@"`;
  const child = spawn('sh', ['-c', script, process.execPath, launcher, ...serve]);
  t.after(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  let stderr = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  }
  await until('the server answers', async () => {
    const answer = await call(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    return answer?.status === 200;
  });
  return { port, stderr: () => stderr };
}

test('when connections run out, the one that rests longest makes room (A24)', async (t) => {
  const { port, stderr } = await startWithFewFiles(t);
  const url = `http://127.0.0.1:${port}`;
  const release = Promise.withResolvers<void>();
  const target = await startTarget(t, (_, response) => {
    void release.promise.then(() => response.end('late'));
  });
  const headers = { prefer: 'wait=30' };
  const waiting = call(`${url}/v1/to?url=${target.url}/`, { method: 'POST', headers });
  await target.atLeast(1);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets: Socket[] = [];
  t.after(() => {
    agent.destroy();
    for (const socket of sockets) socket.destroy();
  });
  // Two rounds fit: the server may let those of one in only after the next question has come.
  for (let round = 0; round < 16; round++) {
    for (let at = 0; at < 25; at++) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      sockets.push(socket);
      await once(socket, 'connect');
    }
    assert.equal((await call(`${url}/healthz`, { agent })).status, 200, 'one that asks goes on');
    assert.equal((await call(`${url}/healthz`)).status, 200, 'a new one is let in');
  }
  await until(
    'the first ones are closed',
    () => sockets[0]?.readableEnded || sockets[0]?.destroyed,
  );
  release.resolve();
  const answer = await waiting;
  assert.deepEqual([answer.status, answer.body.toString()], [200, 'late']);
  assert.equal(stderr().match(/Connections run out/g)?.length, 1, stderr());
  assert.ok(sockets.filter((socket) => !socket.destroyed).length <= MOST);
});
