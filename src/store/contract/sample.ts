// Jobs and settlements for the claims, and a store that is closed when its claim is done.

import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { contentHash } from '../../job/content.ts';
import type { AttemptRecord, Response, Spec } from '../../job/job.ts';
import type { Claim, Final, NewJob, Settlement, Store } from '../store.ts';

export interface Opened {
  readonly store: Store;
  /** The store as the next process finds it when this one dies at once. */
  reopen(): Promise<Store>;
  cleanup(): Promise<void>;
}
export type OpenStore = () => Promise<Opened>;

/** The instant at which the claims play. */
export const NOW = 1_800_000_000_000;
export const DAY = 86_400_000;

export interface Bench {
  readonly store: Store;
  readonly reopen: () => Promise<Store>;
  /** A job with the next sequence number. */
  readonly job: (changes?: Partial<NewJob>) => NewJob;
}

/** Opens a store, rescues it as an owner does, and cleans up whatever happens. */
export async function withStore(
  open: OpenStore,
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  const opened = await open();
  try {
    const { nextSeq } = await opened.store.rescue({ now: NOW, keepFailedMs: DAY });
    let seq = nextSeq;
    const job = (changes: Partial<NewJob> = {}): NewJob => newJob({ seq: seq++, ...changes });
    await use({ store: opened.store, reopen: opened.reopen, job });
  } finally {
    await opened.cleanup();
  }
}

export function specText(changes: Partial<Spec> & { readonly url?: string } = {}): string {
  const { url = 'http://target.test/path', ...rest } = changes;
  const spec: Spec = {
    target: { kind: 'http', method: 'POST', url, headers: [['content-type', 'text/plain']] },
    retry: { limit: 8, backoff: { kind: 'exponential', baseMs: 2000, factor: 4, capMs: 3600000 } },
    timeoutMs: 900_000,
    ...rest,
  };
  return JSON.stringify(spec);
}

export function newJob(changes: Partial<NewJob> & { readonly seq: number }): NewJob {
  const body = changes.body === undefined ? Buffer.from('hello') : changes.body;
  return {
    id: randomUUIDv7(),
    queue: 'http://target.test',
    priority: 2,
    createdAt: NOW,
    runAt: NOW,
    expiresAt: NOW + 7 * DAY,
    spec: specText(),
    bodyId: null,
    bodyBytes: body?.byteLength ?? 0,
    hash: null,
    dedupe: null,
    isParked: false,
    ...changes,
    body,
  };
}

/** The content hash that belongs to a job, as a door computes it. */
export function hashOf(job: Pick<NewJob, 'spec' | 'body'>): Uint8Array {
  const { target } = JSON.parse(job.spec) as Spec;
  return contentHash({ target, body: job.body });
}

export function record(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return { number: 1, startedAt: NOW + 10, endedAt: NOW + 20, result: 'success', ...changes };
}

export function response(changes: Partial<Response> = {}): Response {
  const body = changes.body === undefined ? Buffer.from('answer') : changes.body;
  return {
    status: 200,
    headers: [
      ['Content-Type', 'text/plain'],
      ['x-twice', '1'],
      ['X-Twice', '2'],
    ],
    bodyId: null,
    bodyBytes: body?.byteLength ?? 0,
    isTruncated: false,
    isIncomplete: false,
    ...changes,
    body,
  };
}

export function final(changes: Partial<Final> = {}): Final {
  return {
    kind: 'final',
    state: 'succeeded',
    settledAt: NOW + 20,
    keepResponseUntilAt: NOW + DAY,
    keepJobUntilAt: NOW + 7 * DAY,
    ...changes,
  };
}

/** The first attempt of a job succeeded. */
export function succeeded(seq: number, changes: Partial<Settlement> = {}): Settlement {
  return { seq, attempt: 1, record: record(), next: final({ response: response() }), ...changes };
}

/** An attempt is to be repeated. */
export function again(
  seq: number,
  changes: {
    readonly attempt?: number;
    readonly runAt?: number;
    readonly expiresAt?: number;
    readonly deaths?: number;
  } = {},
): Settlement {
  const { attempt = 1, runAt = NOW + 1000, expiresAt = NOW + 7 * DAY, deaths = 0 } = changes;
  return {
    seq,
    attempt,
    record: record({ number: attempt, result: 'retry', status: 503 }),
    next: { kind: 'again', runAt, expiresAt, triesUsed: attempt, deaths },
  };
}

/** Sequence numbers that a claim of one queue gives. */
export async function claimed(
  store: Store,
  claim: Partial<Claim> = {},
  now: number = NOW,
): Promise<number[]> {
  const whole = { queue: 'http://target.test', limit: 100, held: [], ...claim };
  const [jobs] = await store.claim([whole], now);
  return jobs!.map(({ seq }) => seq);
}

export async function readAll(store: Store, bodyId: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.readBody(bodyId)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function writeAll(store: Store, bytes: Uint8Array): Promise<number> {
  const body = store.writeBody();
  await body.write(bytes);
  await body.end();
  return body.bodyId;
}

/** Polls until the chunks of a body are gone. */
export async function untilGone(store: Store, bodyId: number): Promise<void> {
  const endAt = performance.now() + 10_000;
  for (;;) {
    try {
      await readAll(store, bodyId);
    } catch (error) {
      assert.equal((error as { code: string }).code, 'not_found');
      return;
    }
    assert.ok(performance.now() < endAt, `body ${bodyId} is still there`);
    await store.ping();
  }
}
