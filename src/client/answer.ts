// The target's answer out of a server: the head from the job's own record, which has every header
// line (the response endpoint leaves out what a browser would act on), the body streamed.

import { answerResponse } from '../answer-response.ts';
import { SendoffError } from '../errors.ts';
import { targetUrl } from '../job/target-name.ts';
import type { JobView } from '../sendoff.ts';
import type { Answer, Transport } from './transport.ts';
import { isSettled, Patience } from './wait.ts';

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
  const patience = new Patience(transport, signal);
  for (;;) {
    const got = await get(transport, job, signal).catch((error) => patience.bear(error));
    if (got !== undefined) return got.response;
  }
}

/** The status is the target's, so only the head of an answer tells whether it is a refusal. */
async function get(
  transport: Transport,
  job: JobView,
  signal?: AbortSignal,
): Promise<{ readonly response: globalThis.Response | undefined }> {
  const answer = await transport.once({
    method: 'GET',
    path: `/v1/jobs/${encodeURIComponent(job.id)}/response`,
    isLong: true,
    signal,
  });
  const view = job.response;
  const isTargets = answer.headers['sendoff-state'] !== undefined;
  if (view !== undefined && isTargets && answer.statusCode === view.status) {
    const body = pieces(transport, answer, signal);
    return { response: answerResponse(view, { url: targetUrl(job.target), body }) };
  }
  const refusal = await transport.refusal(answer);
  if (refusal.code === 'no_response') return { response: undefined };
  throw refusal;
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
