// A real server over a store of its own in a temporary folder, for tests.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ServeOptions, serve } from '../../src/open.ts';

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly publicUrls: readonly string[];
  readonly socketPath: string;
  /** Number of jobs stored so far. */
  stored(): Promise<number>;
}

export async function startServer(
  t: TestContext,
  options: Partial<ServeOptions> = {},
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sendoff-'));
  const server = await serve({
    store: join(folder, 's.db'),
    listen: ['127.0.0.1:0'],
    ...options,
  });
  t.after(async () => {
    await server.close({ drainMs: 0 });
    await rm(folder, { recursive: true });
  });
  const url = server.urls[0] as string;
  const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  return {
    url,
    port: Number(new URL(url).port),
    publicUrls: server.publicUrls,
    socketPath: server.socketPath,
    async stored() {
      const answer = await fetch(`${url}/v1/stats`, { headers });
      return ((await answer.json()) as { stored: number }).stored;
    },
  };
}
