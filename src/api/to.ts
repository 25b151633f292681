// `ANY /v1/to?url=…`: hand over the request you would have made. Its method, headers and body bytes
// become the job. All that the head can tell is checked before the body is read; a body too large
// for memory goes to the store while it arrives, and is given back unless the job is stored.

import type { CheckedJob } from '../job/checked.ts';
import { checkJob } from '../job/options.ts';
import { acknowledge } from './acknowledge.ts';
import type { Api } from './context.ts';
import { type Exchange, hasBody } from './exchange.ts';
import { incomingBody } from './incoming-body.ts';
import { addOptions } from './options-from-headers.ts';
import { RefusedError } from './problem.ts';
import { targetHeaders } from './target-headers.ts';
import { targetUrl } from './target-url.ts';

export async function passThrough(exchange: Exchange, api: Api): Promise<void> {
  const job = describedJob(exchange, api);
  const body = await incomingBody(exchange, api, api.requestBodyBytes);
  await acknowledge(exchange, api, { job, body });
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
  const { target } = job.spec;
  api.checkJobTarget(target);
  if (signed.length === 0 || target.kind !== 'http') return job;
  const headers = [...target.headers, ...signed];
  return { ...job, spec: { ...job.spec, target: { ...target, headers } } };
}

/**
 * The lines that the target gets: those that are checked as any caller's, and those of a signed
 * webhook, which may be passed on as it is though no caller may compose one.
 *
 * @throws SendoffError `method_not_allowed`
 */
export function passedLines(exchange: Exchange, api: Pick<Api, 'tokens'>): PassedLines {
  const { method } = exchange.request;
  if (method === 'TRACE' || method === 'CONNECT') throw notPassed(method);
  return apart(targetHeaders(exchange.request, isAuthorizationOurs(exchange, api)));
}

function isAuthorizationOurs({ head }: Exchange, { tokens }: Pick<Api, 'tokens'>): boolean {
  return tokens !== undefined && head.token === undefined;
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

function notPassed(method: string): RefusedError {
  const headers = { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' };
  return new RefusedError('method_not_allowed', `\`${method}\` is never passed on`, { headers });
}
