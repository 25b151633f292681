// Checks the requests of a group that goes out without a store, and brings each into the form of an
// attempt. Options that only a kept job can honour are refused rather than forgotten.

import type { Sendable, Sender } from '../delivery/sender.ts';
import { assert, SendoffError } from '../errors.ts';
import { inRequest } from '../job/default-options.ts';
import type { HttpTarget, RetryPolicy, Spec } from '../job/job.ts';
import { checkJob } from '../job/options.ts';
import { limits } from '../limits.ts';
import type { RequestInput } from '../request-input.ts';
import type { Entry } from './entries.ts';

export interface Prepared {
  readonly key: string | number;
  readonly url: string;
  readonly retry: RetryPolicy;
  readonly expiresAt: number;
  /** It is not sent again once a byte of it went out. */
  readonly isOnce: boolean;
  readonly sendable: Sendable;
}

export interface PrepareContext {
  readonly now: number;
  readonly sender: Sender;
  /** @throws SendoffError `target_not_allowed`, `self_target` */
  readonly checkTarget: (url: string) => void;
}

const ofJobs = [
  ...(['id', 'queue', 'limit', 'priority', 'delay', 'at', 'startBy', 'tags', 'keep'] as const),
  // One deadline covers what is not kept.
  ...(['connectTimeout', 'firstByteTimeout', 'idleTimeout'] as const),
];

export async function prepare(
  entries: readonly Entry[],
  context: PrepareContext,
): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  // Whether a URL may be called depends on its origin alone.
  const allowed = new Set<string>();
  const checkTarget = (url: string): void => {
    const origin = url.slice(0, url.indexOf('/', 8));
    if (allowed.has(origin)) return;
    context.checkTarget(url);
    allowed.add(origin);
  };
  for (const { key, request } of entries) {
    try {
      const body = request.body === null ? null : await wholeBody(request.body);
      prepared.push(preparedOne({ key, request, body }, { ...context, checkTarget }));
    } catch (error) {
      throw inRequest(error, key);
    }
  }
  return prepared;
}

function preparedOne(
  { key, request, body }: Entry & { readonly body: Uint8Array | null },
  { now, checkTarget, sender }: PrepareContext,
): Prepared {
  const { url, method, headers, options } = request;
  refuseOptionsOfJobs(options);
  const hasRetries = options.retries !== undefined || options.retry !== undefined;
  const fields = {
    url,
    headers,
    ...(method !== undefined && { method }),
    ...options,
    ...(!hasRetries && { retries: 0 }),
  };
  const { spec, expiresAt } = checkJob(fields, { now, hasBody: body !== null });
  const { target, retry, timeoutMs } = spec;
  const isOnce = spec.delivery === 'at-most-once';
  assert(target.kind === 'http', 'a request without a command is one over HTTP');
  checkTarget(target.url);
  const added = addedLines(target, spec);
  const sendable = sender.sendable({ target, body, timeoutMs, added });
  return { key, url: target.url, retry, expiresAt, isOnce, sendable };
}

/** What the checks took out of the caller's headers goes with them again; and the key. */
function addedLines(target: HttpTarget, { traceparent, tracestate, key }: Spec): string[] {
  const added: string[] = [];
  if (traceparent !== undefined) added.push('traceparent', traceparent);
  if (tracestate !== undefined) added.push('tracestate', tracestate);
  const hasKey = target.headers.some(([name]) => name.toLowerCase() === 'idempotency-key');
  if (key !== undefined && !hasKey) added.push('idempotency-key', key);
  return added;
}

function refuseOptionsOfJobs(options: RequestInput['options']): void {
  for (const field of ofJobs) {
    if (options[field] === undefined) continue;
    const message = `Expected \`${field}\` only without \`durable: false\`: it is about a job`;
    throw new SendoffError('invalid_field', message, { field });
  }
}

/** The body in memory. @throws SendoffError `body_too_large` */
export async function wholeBody(body: NonNullable<RequestInput['body']>): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > limits.requestBodyBytes) {
      const message = `Expected a body of at most ${limits.requestBodyBytes} bytes, got more`;
      throw new SendoffError('body_too_large', message, { field: 'body' });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
