// Where a server listens decides what its jobs may call: one that only this machine can reach may
// call this machine.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ServeOptions, serve } from '../src/index.ts';

let folder: string;
let stores = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sendoff-listening-'));
});

after(() => rm(folder, { recursive: true }));

/** What a server answers to a job for this machine: a code, or undefined if it takes the job. */
async function codeOf(options: Omit<ServeOptions, 'store'>): Promise<string | undefined> {
  const server = await serve({ store: join(folder, `${++stores}.db`), ...options });
  try {
    const base = server.urls[0]?.replace('0.0.0.0', '127.0.0.1');
    const url = `${base}/v1/to?url=http://127.0.0.1:7999/`;
    const authorization = `Bearer ${options.token ?? ''}`;
    const answer = await fetch(url, { method: 'POST', headers: { authorization }, body: 'x' });
    return ((await answer.json()) as { code?: string }).code;
  } finally {
    await server.close({ drainMs: 0 });
  }
}

describe('a server on loopback may call this machine, however its address is written', () => {
  for (const address of ['0', ':0', '127.0.0.1:0', 'localhost:0', 'LOCALHOST:0', '127.1.2.3:0']) {
    test(address, async () => assert.equal(await codeOf({ listen: [address] }), undefined));
  }
  for (const address of ['[::1]:0', '[0:0:0:0:0:0:0:1]:0', '[::ffff:127.0.0.1]:0']) {
    const hasIpv6 = Object.values(networkInterfaces())
      .flat()
      .some((one) => one?.family === 'IPv6');
    const skip = hasIpv6 ? false : 'no IPv6 here';
    test(address, { skip }, async () =>
      assert.equal(await codeOf({ listen: [address] }), undefined),
    );
  }
});

test('a server that others can reach may not, unless it is told so', async () => {
  const open = { listen: ['0.0.0.0:0'], token: 'secret' };
  assert.equal(await codeOf(open), 'target_not_allowed');
  const unsaid = { ...open, egressPrivate: undefined } as unknown as ServeOptions;
  assert.equal(await codeOf(unsaid), 'target_not_allowed');
  assert.equal(await codeOf({ ...open, egressPrivate: true }), undefined);
});

test('a listener for publishable routes alone needs no token', async () => {
  const listenPublic = ['0.0.0.0:0'];
  assert.equal(await codeOf({ listen: ['127.0.0.1:0'], listenPublic }), undefined);
  const store = join(folder, `${++stores}.db`);
  const server = await serve({ store, listen: [], listenPublic });
  assert.deepEqual([server.urls.length, server.publicUrls.length], [0, 1]);
  await server.close({ drainMs: 0 });
});

test('an address that is taken is told once, by the error', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  const lines: string[] = [];
  const store = join(folder, `${++stores}.db`);
  const log = (_level: string, message: string): void => void lines.push(message);
  await assert.rejects(serve({ store, listen: [`127.0.0.1:${port}`], log }), {
    code: 'listen_failed',
  });
  assert.deepEqual(lines, []);
  taken.close();
});
