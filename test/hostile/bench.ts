// A server with every door open to a row of the catalogue, and what must hold after it: nothing was
// stored, nothing was sent, and the next legal request is taken as if nothing had happened.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { open, type SendInit, type Sendoff, SendoffError, serve } from '../../src/index.ts';
import type { ServeOptions } from '../../src/open.ts';
import { call, callJson } from '../support/call.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';

/** What a caller hands over; strings in `options` stand as they are in each door. */
export interface HandOver {
  readonly url: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** `202`, or the status and code of the refusal; doors without a status give the code alone. */
export type Door = (job: HandOver) => Promise<string>;

export interface Bench {
  readonly url: string;
  readonly port: number;
  readonly store: string;
  readonly library: Sendoff;
  readonly doors: Readonly<Record<'jobs' | 'line' | 'to' | 'library', Door>>;
  /** A target of this machine that must never be reached. */
  readonly target: CountingTarget;
  /** Nothing new is stored, nothing was sent, and a legal job is still taken. */
  unharmed(row?: string): Promise<void>;
}

export async function openBench(
  t: TestContext,
  options: Partial<ServeOptions> = {},
): Promise<Bench> {
  const folder = makeFolder('hostile');
  const store = `${folder}/s.db`;
  const target = await startCountingTarget(t);
  const server = await serve({ store, listen: ['127.0.0.1:0'], ...options });
  const library = await open(store);
  t.after(async () => {
    await library.close();
    await server.close({ drainMs: 0 });
    removeFolder(folder);
  });
  const url = server.urls[0] as string;
  let legal = 0;
  return {
    ...{ url, port: Number(new URL(url).port), store, library, target },
    doors: {
      jobs: jobsDoor(url, 'application/json'),
      line: jobsDoor(url, 'application/x-ndjson'),
      to: toDoor(url),
      library: libraryDoor(library),
    },
    async unharmed(row = '') {
      const { jobs } = await callJson<{ jobs: unknown[] }>(`${url}/v1/jobs?limit=200`);
      assert.equal(jobs.length, legal, `jobs listed after ${row}`);
      const { stored } = await callJson<{ stored: number }>(`${url}/v1/stats`);
      assert.equal(stored, legal, `jobs stored after ${row}`);
      assert.equal(target.connections(), 0, `connections made after ${row}`);
      assert.equal((await legalJob(url)).status, 202, `a legal job after ${row}`);
      legal++;
    },
  };
}

/** The path of a store that goes when the test is over; whoever opens it closes it before. */
export function temporaryStore(t: TestContext): string {
  const folder = makeFolder('hostile');
  t.after(() => removeFolder(folder));
  return `${folder}/s.db`;
}

/** Public by its form and delayed, so that any policy takes it and nothing is sent. */
function legalJob(url: string): ReturnType<typeof call> {
  const body = JSON.stringify({ url: 'https://legal.example/', delay: '1h' });
  return call(`${url}/v1/jobs`, { headers: { 'content-type': 'application/json' }, body });
}

function jobsDoor(url: string, type: string): Door {
  return async ({ url: target, options, headers }) => {
    const fields = { url: target, ...options, ...(headers && { headers }) };
    const body = `${JSON.stringify(fields)}\n`;
    const answer = await call(`${url}/v1/jobs`, { headers: { 'content-type': type }, body });
    const text = answer.body.toString();
    if (type === 'application/json') return told(answer.status, answer.headers, text);
    const line = JSON.parse(text) as { id?: string; code?: string };
    return line.id === undefined ? String(line.code) : '202';
  };
}

function toDoor(url: string): Door {
  return async ({ url: target, options = {}, headers = [] }) => {
    const lines = Object.entries(options).map(([name, value]) => {
      const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return [`sendoff-${kebab}`, text] as const;
    });
    const answer = await call(`${url}/v1/to?url=${encodeURIComponent(target)}`, {
      method: 'POST',
      headers: { 'content-length': 0, ...Object.fromEntries([...lines, ...headers]) },
    });
    return told(answer.status, answer.headers, answer.body.toString());
  };
}

function libraryDoor(library: Sendoff): Door {
  return async ({ url, options, headers }) => {
    try {
      const init = { ...options, ...(headers && { headers: headers as [string, string][] }) };
      await library.send(url, init as SendInit);
      return '202';
    } catch (error) {
      assert.ok(error instanceof SendoffError, String(error));
      return error.code;
    }
  };
}

function told(status: number, headers: IncomingHttpHeaders, text: string): string {
  if (status === 202) return '202';
  assert.equal(headers['content-type'], 'application/problem+json', text);
  const problem = JSON.parse(text) as { code: string; status: number };
  assert.equal(problem.status, status);
  return `${status} ${problem.code}`;
}

export interface CountingTarget {
  readonly port: number;
  connections(): number;
}

/** Counts connections, before a byte of HTTP. */
export async function startCountingTarget(t: TestContext): Promise<CountingTarget> {
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    connections++;
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, connections: () => connections };
}

export interface Refusal {
  readonly code: string;
  /** @default 400 */
  readonly status?: number;
}

/** Hands the job over at each of the doors and expects the same refusal. */
export async function refusedAt(
  bench: Bench,
  names: readonly (keyof Bench['doors'])[],
  job: HandOver,
  { code, status = 400 }: Refusal,
): Promise<void> {
  for (const name of names) {
    const isHttp = name === 'jobs' || name === 'to';
    const expected = isHttp ? `${status} ${code}` : code;
    const shown = `${name}: ${JSON.stringify(job).slice(0, 160)}`;
    assert.equal(await bench.doors[name](job), expected, shown);
  }
}
