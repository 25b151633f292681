// `ANY /v1/to?url=…`: hand over the request you would have made. Its method, headers and body bytes
// become the job. All that the head can tell is checked before the body is read; a body too large
// for memory goes to the store while it arrives, and is given back unless the job is stored.

import { receiveBody } from '../engine/receive-body.ts';
import type { CheckedBody, CheckedJob, Submission } from '../job/checked.ts';
import { checkJob } from '../job/options.ts';
import { limits } from '../limits.ts';
import { acknowledge } from './acknowledge.ts';
import type { Api } from './context.ts';
import { type Exchange, hasBody } from './exchange.ts';
import { addOptions } from './options-from-headers.ts';
import { RefusedError } from './problem.ts';
import { bodyAtHand, bodyChunks, checkAnnouncedLength } from './read-body.ts';
import { targetHeaders } from './target-headers.ts';
import { targetUrl } from './target-url.ts';

export async function passThrough(exchange: Exchange, api: Api): Promise<void> {
  const job = describedJob(exchange, api);
  checkAnnouncedLength(exchange, api.requestBodyBytes);
  // One turn later a body that came in one piece with the head is complete.
  if (hasBody(exchange)) await undefined;
  const submission = await withBody(exchange, job, api);
  await acknowledge(exchange, api, submission);
}

function describedJob(exchange: Exchange, api: Api): CheckedJob {
  const { request, head } = exchange;
  const { lines, signed } = passedLines(exchange, api);
  const fields: Record<string, unknown> = {
    url: targetUrl(head.query),
    method: request.method,
    headers: lines,
  };
  addOptions(fields, head);
  const job = checkJob(fields, { now: api.clock.now(), hasBody: hasBody(exchange) });
  api.checkJobTarget(job.spec.target);
  if (signed.length === 0) return job;
  const target = { ...job.spec.target, headers: [...job.spec.target.headers, ...signed] };
  return { ...job, spec: { ...job.spec, target } };
}

/**
 * The lines that the target gets: those that are checked as any caller's, and those of a signed
 * webhook, which may be passed on as it is though no caller may compose one.
 *
 * @throws SendoffError `method_not_allowed`
 */
export function passedLines(exchange: Exchange, api: Pick<Api, 'tokenHash'>): PassedLines {
  const { method } = exchange.request;
  if (method === 'TRACE' || method === 'CONNECT') throw notPassed(method);
  return apart(targetHeaders(exchange.request, isAuthorizationOurs(exchange, api)));
}

function isAuthorizationOurs({ head }: Exchange, { tokenHash }: Pick<Api, 'tokenHash'>): boolean {
  return tokenHash !== undefined && head.token === undefined;
}

type Lines = [name: string, value: string][];

export interface PassedLines {
  readonly lines: Lines;
  readonly signed: Lines;
}

function apart(all: Lines): PassedLines {
  const isSigned = ([name]: Lines[number]): boolean => /^webhook-/i.test(name);
  if (!all.some(isSigned)) return { lines: all, signed: [] };
  return { lines: all.filter((line) => !isSigned(line)), signed: all.filter(isSigned) };
}

async function withBody(exchange: Exchange, job: CheckedJob, api: Api): Promise<Submission> {
  if (!hasBody(exchange)) return { job, body: { kind: 'none' } };
  const isSmall =
    Number(exchange.head.contentLength ?? Number.POSITIVE_INFINITY) <= limits.inlineBodyBytes;
  const bytes = isSmall ? bodyAtHand(exchange) : undefined;
  if (bytes !== undefined) return { job, body: { kind: 'bytes', bytes } };
  return { job, body: await receive(exchange, api) };
}

/** Keeps what arrives in memory as long as it is small, then writes it to the store. */
async function receive(exchange: Exchange, api: Api): Promise<CheckedBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const arriving = bodyChunks(exchange, { limitBytes: api.requestBodyBytes, clock: api.clock });
  for (;;) {
    const { value, done } = await arriving.next();
    if (done) return { kind: 'bytes', bytes: Buffer.concat(chunks) };
    chunks.push(value);
    bytes += value.length;
    if (bytes > limits.inlineBodyBytes) {
      const { engine, requestBodyBytes: mostBytes } = api;
      return receiveBody(engine, both(chunks, arriving), { mostBytes });
    }
  }
}

async function* both(
  begun: readonly Buffer[],
  rest: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  yield* begun;
  yield* rest;
}

function notPassed(method: string): RefusedError {
  const headers = { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' };
  return new RefusedError('method_not_allowed', `\`${method}\` is never passed on`, { headers });
}
