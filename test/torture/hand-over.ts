// Hands a submission over once and says what became of each of its jobs. What is not known stays
// unknown: a cut connection, or a 5xx.

import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import { type Answer, type Call, call } from '../support/call.ts';
import type { Planned, Submission } from './plan.ts';

export type Outcome =
  | { readonly kind: 'acked'; readonly id: string }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string }
  /** Perhaps stored, perhaps not. */
  | { readonly kind: 'unknown' }
  /** Not one byte went out. */
  | { readonly kind: 'unsent' };

const agent = new Agent({ keepAlive: true });

/** One outcome for each job, in order. */
export async function handOver(server: string, { form, jobs }: Submission): Promise<Outcome[]> {
  const { path, ...request } = requestOf({ form, jobs });
  let answer: Answer;
  try {
    answer = await call(`${server}${path}`, { ...request, agent });
  } catch (error) {
    const isUnsent = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    return jobs.map(() => ({ kind: isUnsent ? 'unsent' : 'unknown' }));
  }
  if (form === 'lines' && answer.status === 200) return lineOutcomes(answer, jobs.length);
  return jobs.map((_, index) => outcomeOf(answer, form, index));
}

function requestOf({ form, jobs }: Submission): Call & { readonly path: string } {
  const [first] = jobs as [Planned];
  if (form === 'through') return passThrough(first);
  const path = '/v1/jobs';
  if (form === 'lines') {
    const body = jobs.map((job) => `${JSON.stringify(jobJson(job))}\n`).join('');
    return { path, headers: { 'content-type': 'application/x-ndjson' }, body };
  }
  const body = JSON.stringify(form === 'array' ? jobs.map(jobJson) : jobJson(first));
  return { path, headers: { 'content-type': 'application/json' }, body };
}

function jobJson(job: Planned): Record<string, unknown> {
  const { id, key, retry, ...options } = optionsOf(job);
  return {
    url: job.url,
    method: job.method,
    headers: { 'x-torture': job.token },
    ...(job.body.length > 0 && { bodyBase64: job.body.toString('base64') }),
    ...(id !== undefined && { id }),
    ...(key !== undefined && { key }),
    retry,
    ...options,
  };
}

function passThrough(job: Planned): Call & { readonly path: string } {
  const { retry, ...options } = optionsOf(job);
  const headers: Record<string, string> = {
    'x-torture': job.token,
    'sendoff-retry': JSON.stringify(retry),
  };
  for (const [name, value] of Object.entries(options)) headers[`sendoff-${name}`] = String(value);
  const path = `/v1/to?url=${encodeURIComponent(job.url)}`;
  const hasBody = job.body.length > 0;
  return { path, method: job.method, headers, ...(hasBody && { body: job.body }) };
}

interface Options {
  readonly id?: string;
  readonly key?: string;
  readonly retry: Readonly<Record<string, unknown>>;
  readonly timeout: string;
  readonly delay?: string;
  readonly priority?: number;
}

/** Retries come soon, so that a run can end soon; a wrong job asks for a priority there is not. */
function optionsOf({ token, identity, fate, delayMs, isWrong }: Planned): Options {
  return {
    retry: { limit: fate === 'exhaust' ? 1 : 1_000, backoff: 'fixed', base: '300ms' },
    timeout: '20s',
    ...(identity === 'id' && { id: idOf(token) }),
    ...(identity === 'key' && { key: `key-${token}` }),
    ...(delayMs > 0 && { delay: `${delayMs}ms` }),
    ...(isWrong && { priority: 9 }),
  };
}

/** A UUID that follows from the token. */
function idOf(token: string): string {
  const hex = createHash('sha256').update(`id ${token}`).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}

interface AnswerJson {
  readonly id?: string;
  readonly code?: string;
  readonly jobs?: readonly { readonly id: string }[];
}

function outcomeOf({ status, body, isCut }: Answer, form: Submission['form'], at: number): Outcome {
  if (status >= 500 || isCut) return { kind: 'unknown' };
  const json = JSON.parse(body.toString()) as AnswerJson;
  if (status >= 400) return { kind: 'refused', status, code: json.code ?? '' };
  const id = form === 'array' ? json.jobs?.[at]?.id : json.id;
  if (status !== 202 || id === undefined) {
    throw new Error(`Expected a receipt, got ${status} ${body}`);
  }
  return { kind: 'acked', id };
}

/** Whole lines count, also those of an answer that was cut. */
function lineOutcomes({ body }: Answer, count: number): Outcome[] {
  const lines = body.toString().split('\n').slice(0, -1);
  const outcomes = lines.map((line): Outcome => {
    const { id, code } = JSON.parse(line) as AnswerJson;
    if (id !== undefined) return { kind: 'acked', id };
    return isOurFault(code)
      ? { kind: 'unknown' }
      : { kind: 'refused', status: 400, code: code ?? '' };
  });
  while (outcomes.length < count) outcomes.push({ kind: 'unknown' });
  return outcomes;
}

const ourFaults = ['busy', 'stopping', 'closed', 'internal', 'storage_full', 'store_unavailable'];

function isOurFault(code: string | undefined): boolean {
  return code === undefined || ourFaults.includes(code);
}
