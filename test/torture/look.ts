// What the server says about its jobs when everything should be over.

import { Agent } from 'node:http';
import type { AttemptView, JobView } from '../../src/sendoff.ts';
import { call } from '../support/call.ts';
import { bodyFingerprint } from './content.ts';

/** A job as the server remembers it; null: it knows no such job. */
export type Seen = {
  readonly job: JobView;
  readonly attempts: readonly AttemptView[];
  /** Of the answer's body, if there is one. */
  readonly answerFingerprint: string | undefined;
} | null;

const AT_ONCE = 32;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

/** Looks at every job, waiting until it is settled, `settleMs` at the most for all of them. */
export async function lookAtAll(
  server: string,
  ids: readonly string[],
  settleMs: number,
): Promise<ReadonlyMap<string, Seen>> {
  const until = performance.now() + settleMs;
  const seen = new Map<string, Seen>();
  const left = ids.values();
  const look = async (): Promise<void> => {
    for (const id of left) seen.set(id, await lookAt(`${server}/v1/jobs/${id}`, until));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return seen;
}

async function lookAt(url: string, until: number): Promise<Seen> {
  const seconds = Math.max(0, Math.ceil((until - performance.now()) / 1_000));
  const job = await json<JobView>(url, { prefer: `wait=${seconds}` });
  if (job === null) return null;
  const history = await json<{ attempts: readonly AttemptView[] }>(`${url}/attempts`);
  const attempts = history?.attempts ?? [];
  if (job.response === undefined) return { job, attempts, answerFingerprint: undefined };
  const answer = await call(`${url}/response`, { agent });
  const isWhole = answer.status === job.response.status && !answer.isCut;
  const answerFingerprint = isWhole ? bodyFingerprint(answer.body) : `${answer.status}`;
  return { job, attempts, answerFingerprint };
}

async function json<Body>(url: string, headers = {}): Promise<Body | null> {
  const { status, body } = await call(url, { agent, headers });
  if (status === 404) return null;
  if (status !== 200) throw new Error(`Expected ${url} to answer 200, got ${status} ${body}`);
  return JSON.parse(body.toString()) as Body;
}
