// Checks the requests of a group that goes out without a store, and brings each into the form of an
// attempt. Options that only a kept job can honour are refused rather than forgotten.

import type { Attempt, AttemptBody } from '../delivery/deliverer.ts';
import { assert, SendoffError } from '../errors.ts';
import { inRequest } from '../job/default-options.ts';
import type { RetryPolicy } from '../job/job.ts';
import { checkJob } from '../job/options.ts';
import { limits } from '../limits.ts';
import type { RequestInput } from '../request-input.ts';
import type { Entry } from './entries.ts';

export interface Prepared {
  readonly key: string | number;
  readonly url: string;
  readonly retry: RetryPolicy;
  readonly expiresAt: number;
  readonly attempt: Omit<Attempt, 'number' | 'spill'>;
}

export interface PrepareContext {
  readonly now: number;
  /** @throws SendoffError `target_not_allowed`, `self_target` */
  readonly checkTarget: (url: string) => void;
}

const ofJobs = ['id', 'queue', 'priority', 'delay', 'at', 'startBy', 'tags'] as const;

export async function prepare(
  entries: readonly Entry[],
  context: PrepareContext,
): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  for (const { key, request } of entries) {
    try {
      const bytes = request.body === null ? null : await wholeBody(request.body);
      const body: AttemptBody = bytes === null ? none : { kind: 'bytes', bytes };
      prepared.push(preparedOne({ key, request, body }, context));
    } catch (error) {
      throw inRequest(error, key);
    }
  }
  return prepared;
}

const none = { kind: 'none' } as const;

function preparedOne(
  { key, request, body }: Entry & { readonly body: AttemptBody },
  { now, checkTarget }: PrepareContext,
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
  const { spec, expiresAt } = checkJob(fields, { now, hasBody: body.kind !== 'none' });
  assert(spec.target.kind === 'http', 'a request without a command is one over HTTP');
  checkTarget(spec.target.url);
  const { target, retry, timeoutMs, traceparent, tracestate } = spec;
  const given = { jobId: '', dress: 'bare', idempotencyKey: spec.key ?? '', body };
  const attempt = { ...given, target, timeoutMs, traceparent, tracestate };
  return { key, url: target.url, retry, expiresAt, attempt };
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
