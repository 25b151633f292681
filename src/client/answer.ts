// The target's answer out of a server: the head from the job's own record, which has every header
// line (the response endpoint leaves out what a browser would act on), the body streamed.

import { answerResponse } from '../answer-response.ts';
import { SendoffError } from '../errors.ts';
import type { JobView } from '../sendoff.ts';
import type { Answer, Transport } from './transport.ts';
import { isSettled } from './wait.ts';

/**
 * Undefined when the job is not settled, or was settled without an answer.
 * @throws SendoffError `response_pruned`
 */
export async function answerOf(
  transport: Transport,
  job: JobView,
  signal?: AbortSignal,
): Promise<globalThis.Response | undefined> {
  if (!isSettled(job)) return undefined;
  const answer = await get(transport, job.id, signal);
  const view = job.response;
  const isTargets = answer.headers['sendoff-state'] !== undefined;
  if (view !== undefined && isTargets && answer.statusCode === view.status) {
    const body = pieces(transport, answer, signal);
    return answerResponse(view, { url: job.target.url, body });
  }
  const refusal = await transport.refusal(answer);
  if (refusal.code === 'no_response') return undefined;
  throw refusal;
}

/** The status is the target's, so only the head of a refusal tells whether to call again. */
async function get(transport: Transport, id: string, signal?: AbortSignal): Promise<Answer> {
  return transport.once({
    method: 'GET',
    path: `/v1/jobs/${encodeURIComponent(id)}/response`,
    isLong: true,
    signal,
  });
}

async function* pieces(
  transport: Transport,
  answer: Answer,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* answer.body;
  } catch (error) {
    throw transport.failure(error, signal);
  }
}

export function unknownJob(id: string): SendoffError {
  return new SendoffError('not_found', `No job has the id \`${id}\``, { jobId: id });
}
