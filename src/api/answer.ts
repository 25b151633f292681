// The target's own answer, given back: its status, its header lines in order and spelling, its body
// byte for byte. It is shown under our address, so what would speak for our origin is left out
// (cookies, CORS, HSTS, CSP), and a browser is told to treat it as foreign data.

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Answer } from '../engine/engine.ts';
import type { SendoffError } from '../errors.ts';
import type { Response } from '../job/job.ts';
import type { JobView } from '../sendoff.ts';
import { RefusedError } from './problem.ts';

type GivenAnswer = Extract<Answer, { kind: 'answer' }>;

export interface AnswerOptions {
  /** For people who open it in a browser: saved, never shown. */
  readonly asDownload: boolean;
  /** The `Prefer: wait` that was honoured, seconds. */
  readonly waited?: number;
}

/** Writes the answer and resolves when its last byte is handed over. */
export async function writeAnswer(
  response: ServerResponse,
  answer: GivenAnswer,
  options: AnswerOptions,
): Promise<void> {
  response.writeHead(answer.response.status, answerHead(answer, options));
  if (!isBodyless(answer.response.status) && response.req.method !== 'HEAD') {
    for await (const chunk of answer.read()) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response);
    }
  }
  response.end();
}

function isBodyless(status: number): boolean {
  return status === 204 || status === 304;
}

/** Resolves when more may be written, or when nobody reads any more. */
export async function drained(response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  response.once('close', onClose);
  try {
    if (!response.destroyed) await once(response, 'drain', { signal: gone.signal });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    response.off('close', onClose);
  }
}

function answerHead({ response, job, state }: GivenAnswer, options: AnswerOptions): string[] {
  const head: string[] = [];
  const hopByHop = namedByConnection(response);
  let disposition: string | undefined;
  for (const [name, value] of response.headers) {
    const lower = name.toLowerCase();
    const isOurs = response.exit !== undefined && lower.startsWith('sendoff-');
    if ((isLeftOut(lower) && !isOurs) || hopByHop.has(lower) || !isWritable(name, value)) continue;
    if (options.asDownload && lower === 'content-disposition') disposition = value;
    else head.push(name, value);
  }
  if (!isBodyless(response.status)) head.push('Content-Length', String(response.bodyBytes));
  head.push('X-Content-Type-Options', 'nosniff', 'Content-Security-Policy', 'sandbox');
  if (options.asDownload) head.push('Content-Disposition', asAttachment(disposition));
  if (options.waited !== undefined) head.push('Preference-Applied', `wait=${options.waited}`);
  if (response.isTruncated) head.push('Sendoff-Truncated', 'true');
  if (response.isIncomplete) head.push('Sendoff-Incomplete', 'true');
  head.push('Sendoff-State', state, 'Sendoff-Job', job.id);
  return head;
}

const leftOut: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'set-cookie',
  'set-cookie2',
  'clear-site-data',
  'strict-transport-security',
  'content-security-policy',
  'content-security-policy-report-only',
  'x-content-type-options',
  'preference-applied',
]);

function isLeftOut(name: string): boolean {
  return leftOut.has(name) || name.startsWith('access-control-') || name.startsWith('sendoff-');
}

function namedByConnection(response: Response): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name, value] of response.headers) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const token of value.split(',')) names.add(token.trim().toLowerCase());
  }
  return names;
}

const tokenForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const valueForm = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A target may send bytes that no server may send on; they stand in the job's JSON. */
function isWritable(name: string, value: string): boolean {
  return tokenForm.test(name) && valueForm.test(value);
}

/** The target's own file name is kept. */
function asAttachment(disposition: string | undefined): string {
  const semicolon = disposition?.indexOf(';') ?? -1;
  return semicolon === -1 ? 'attachment' : `attachment${disposition?.slice(semicolon)}`;
}

/** A settled job whose target never answered. */
export function noResponse(job: JobView): SendoffError {
  const headers = { 'sendoff-state': job.state, 'sendoff-job': job.id };
  const why = job.reason === undefined ? job.state : `${job.state}: ${job.reason}`;
  return new RefusedError('no_response', `The job settled without an answer (${why})`, {
    headers,
    jobId: job.id,
  });
}
