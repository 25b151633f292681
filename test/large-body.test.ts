// 100 MiB in and 100 MiB out through one job: every byte as it was, memory flat, and others still
// served meanwhile. How fast they are served is printed, not judged: that is the bench's business.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { JobView, Receipt } from '../src/sendoff.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';

const MIB = 1_048_576;
const SIZE = 100 * MIB;
const MOST_GROWTH = 64 * MIB;
/** Between two of the small jobs that come in meanwhile. */
const BETWEEN_MS = 5;

const folder = makeFolder('large-body');
const target = createServer(answer);
const arrived: Fingerprint[] = [];
let server: ServerProcess;

before(async () => {
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  server = await startServer({ store: join(folder, 'large.db'), port: await freePort() });
});

after(async () => {
  await endServers();
  target.closeAllConnections();
  target.close();
  removeFolder(folder);
});

test('100 MiB in and 100 MiB out: bytes equal, memory flat, others accepted', async (t) => {
  await warmUp();
  const cold = rssBytes();
  // A third of the size fills the store's page caches and shows the collector the pace of garbage;
  // from then on memory must not follow the size of a body.
  await roundTrip(32 * MIB);
  const before = await acceptTimes(() => false, 200);
  const baseline = rssBytes();
  let most = baseline;
  const sampling = setInterval(() => {
    most = Math.max(most, rssBytes());
  }, 20);
  let isOver = false;
  const meanwhile = acceptTimes(() => isOver, Number.POSITIVE_INFINITY);
  await roundTrip(SIZE);
  isOver = true;
  clearInterval(sampling);
  const during = await meanwhile;
  const grown = most - baseline;
  t.diagnostic(
    `resident memory grew by ${mib(grown)}, since small jobs only by ${mib(most - cold)}`,
  );
  t.diagnostic(`accept p99 before ${p99(before)} ms, meanwhile ${p99(during)} ms`);
  t.diagnostic(`${during.length} other jobs were accepted meanwhile`);
  assert.ok(during.length > 0);
  assert.ok(grown < MOST_GROWTH, `it grew by ${mib(grown)}`);
});

/** So many bytes in and as many out, and every one of them as it was. */
async function roundTrip(bytes: number): Promise<void> {
  const id = await handOverLarge(bytes);
  const job = await callJson<JobView>(`${server.url}/v1/jobs/${id}`, wait());
  assert.equal(job.state, 'succeeded');
  assert.deepEqual([job.response?.bodyBytes, job.response?.incomplete], [bytes, false]);
  assert.deepEqual(await fingerprintOf(await responseOf(id)), await expected('out', bytes));
  assert.deepEqual(arrived.at(-1), await expected('in', bytes));
}

/** Caches filled, code compiled, both ways of storing a body used. */
async function warmUp(): Promise<void> {
  for (let bytes = 1; bytes < 4 * MIB; bytes *= 4) {
    const receipt = await callJson<Receipt>(to('small'), { body: Buffer.alloc(bytes, 'x') });
    await call(`${server.url}/v1/jobs/${receipt.id}`, wait());
    await call(`${server.url}/v1/jobs/${receipt.id}/response`);
  }
  await acceptTimes(() => false, 200);
}

/** How long each of many small jobs took to be accepted, milliseconds. */
async function acceptTimes(isOver: () => boolean, count: number): Promise<number[]> {
  const times: number[] = [];
  while (!isOver() && times.length < count) {
    const startedAt = performance.now();
    const { status } = await call(to('small'), { body: 'x' });
    assert.equal(status, 202);
    times.push(performance.now() - startedAt);
    if (count === Number.POSITIVE_INFINITY) await pause(BETWEEN_MS);
  }
  return times;
}

async function handOverLarge(bytes: number): Promise<string> {
  const headers = { 'content-length': bytes };
  const sent = request(to(`large/${bytes}`), { method: 'POST', headers });
  const answered = once(sent, 'response');
  await pipeline(Readable.from(pieces('in', bytes)), sent);
  const [response] = (await answered) as [IncomingMessage];
  assert.equal(response.statusCode, 202);
  const chunks = await response.toArray();
  return (JSON.parse(Buffer.concat(chunks).toString()) as Receipt).id;
}

async function responseOf(id: string): Promise<IncomingMessage> {
  const [response] = await once(get(`${server.url}/v1/jobs/${id}/response`), 'response');
  return response as IncomingMessage;
}

/** No two pieces alike, so that one that is lost, doubled or out of its place is noticed. */
function* pieces(name: string, bytes: number): Iterable<Buffer> {
  for (let at = 0; at < bytes; at += MIB) {
    const seed = createHash('sha512').update(`${name} ${at}`).digest();
    yield Buffer.alloc(Math.min(MIB, bytes - at), seed);
  }
}

function expected(name: string, bytes: number): Promise<Fingerprint> {
  return fingerprintOf(Readable.from(pieces(name, bytes)));
}

interface Fingerprint {
  readonly hash: string;
  readonly bytes: number;
}

async function fingerprintOf(stream: Readable): Promise<Fingerprint> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { hash: hash.digest('hex'), bytes };
}

/** As many bytes back as came in. */
function answer(received: IncomingMessage, response: NodeJS.WritableStream): void {
  if (!received.url?.startsWith('/large/')) {
    received.resume().on('end', () => response.end('small'));
    return;
  }
  void fingerprintOf(received).then((fingerprint) => {
    arrived.push(fingerprint);
    return pipeline(Readable.from(pieces('out', fingerprint.bytes)), response);
  });
}

function to(name: string): string {
  const { port } = target.address() as AddressInfo;
  return `${server.url}/v1/to?url=${encodeURIComponent(`http://127.0.0.1:${port}/${name}`)}`;
}

function wait(): { readonly headers: Record<string, string> } {
  return { headers: { prefer: 'wait=60' } };
}

/** What the kernel says that the server holds in memory. */
function rssBytes(): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1_024;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}

function p99(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  return (sorted[Math.floor(sorted.length * 0.99)] ?? 0).toFixed(1);
}
