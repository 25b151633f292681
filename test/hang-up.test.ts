// Callers who do not wait for the answer: once their last byte is here the job is taken, whether or
// not they are still there; before it, nothing is.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { JobPage, JobView, Receipt } from '../src/sendoff.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const LARGE = 200_000;

describe('a caller who hangs up', () => {
  const folder = makeFolder('hang-up');
  let server: ServerProcess;
  let target: TargetServer;

  before(async () => {
    target = await startTarget((response) => void response.end('done'));
    server = await startServer({ store: join(folder, 'hang-up.db'), port: await freePort() });
  });

  after(async () => {
    await endServers();
    await target[Symbol.asyncDispose]();
    removeFolder(folder);
  });

  for (const how of ['end', 'destroySoon', 'resetAndDestroy'] as const) {
    for (const bytes of [5, LARGE]) {
      test(`after the last byte of ${bytes} (${how}): the job is taken and delivered`, async () => {
        const name = `/${how}/${bytes}`;
        const body = 'x'.repeat(bytes);
        const socket = await send(`${head(name, bytes)}${body}`);
        // A reset would overtake bytes that wait in a buffer: they must have gone out before.
        if (how === 'resetAndDestroy')
          await until('all is read', () => arrivalsAt(name).length === 1);
        socket[how]();
        await until('it arrives', () => arrivalsAt(name).length === 1);
        assert.equal(arrivalsAt(name)[0]?.body.toString(), body);
      });
    }

    test(`before the last byte (${how}): nothing is stored and nothing is sent`, async () => {
      for (const bytes of [5, LARGE]) {
        const socket = await send(`${head(`/half/${how}`, bytes)}${'x'.repeat(bytes - 1)}`);
        socket[how]();
        await once(socket, 'close');
      }
      await isServing();
      const { jobs } = await callJson<JobPage>(`${server.url}/v1/jobs`);
      const stored = jobs.filter((job: JobView) => JSON.stringify(job.target).includes('/half/'));
      assert.deepEqual([stored, arrivalsAt(`/half/${how}`)], [[], []]);
    });
  }

  function arrivalsAt(path: string): typeof target.arrivals {
    return target.arrivals.filter(({ url }) => url === path);
  }

  function head(path: string, bytes: number): string {
    const { host } = new URL(server.url);
    const to = `/v1/to?url=${encodeURIComponent(target.url + path)}`;
    return `POST ${to} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${bytes}\r\n\r\n`;
  }

  /** Resolves when the kernel has taken every byte. */
  async function send(text: string): Promise<Socket> {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    // Whatever it answers is not looked at.
    socket.resume();
    socket.on('error', () => {
      // Being cut is what these callers are about.
    });
    await new Promise<void>((resolve) => {
      socket.write(text, () => resolve());
    });
    return socket;
  }

  /** A job handed over and delivered after what came before it. */
  async function isServing(): Promise<void> {
    const to = `${server.url}/v1/to?url=${encodeURIComponent(`${target.url}/serving`)}`;
    const { id } = await callJson<Receipt>(to, { body: 'x' });
    const job = await call(`${server.url}/v1/jobs/${id}`, { headers: { prefer: 'wait=20' } });
    assert.equal((JSON.parse(job.body.toString()) as JobView).state, 'succeeded');
  }
});
