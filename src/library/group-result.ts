// The outcome of a job as `all` gives it.

import { resultOf } from '../all/result.ts';
import { answerResponse } from '../answer-response.ts';
import type { Answer, JobOutcome } from '../engine/engine.ts';
import { SendoffError } from '../errors.ts';
import type { GroupResult } from '../group.ts';
import { targetUrl } from '../job/target-name.ts';

export function groupResult(key: string | number, outcome: JobOutcome): GroupResult {
  const { id, answer, error, detail } = outcome;
  if (answer.kind === 'unknown') {
    return resultOf({ key, id, state: 'failed', reason: 'pruned', ms: 0 });
  }
  const { state, reason, createdAt, settledAt } = answer.job;
  const ms = settledAt === undefined ? 0 : Date.parse(settledAt) - Date.parse(createdAt);
  // A success must have an answer, even one that only says that it is gone.
  const isGone = answer.kind === 'pruned' && state !== 'succeeded';
  const respond = answer.kind === 'none' || isGone ? undefined : () => responseOf(answer);
  const ended = state === 'succeeded' || state === 'cancelled' ? state : 'failed';
  return resultOf({ key, id, state: ended, reason, error, detail, ms, respond });
}

/** @throws SendoffError `response_pruned` */
function responseOf(answer: Exclude<Answer, { kind: 'unknown' }>): globalThis.Response {
  const { job } = answer;
  if (answer.kind === 'answer' && job.response) {
    return answerResponse(job.response, { url: targetUrl(job.target), body: answer.read() });
  }
  const detail = `The answer of job ${job.id} is no longer kept`;
  throw new SendoffError('response_pruned', detail, { jobId: job.id });
}
