// `GET /v1/jobs/{id}/response`: what the target answered, byte for byte.

import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { SendoffError } from '../errors.ts';
import { noResponse, writeAnswer } from './answer.ts';
import type { ApiOptions } from './context.ts';
import { jobId, noSuchJob } from './job.ts';
import { jsonAnswer } from './json.ts';
import type { Route } from './routes.ts';

/** When a job that is not settled yet is worth asking for again. */
const ASK_AGAIN_SECONDS = '1';

export function responseRoutes({ engine }: ApiOptions): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/jobs/:id/response',
      answer: async (context) => {
        const id = jobId(context);
        const answer = await engine.answer(id);
        if (answer.kind === 'unknown') throw noSuchJob(id);
        if (answer.kind === 'waiting') {
          const headers = { 'retry-after': ASK_AGAIN_SECONDS, 'sendoff-job': id };
          return jsonAnswer(answer.job, { status: 202, headers });
        }
        if (answer.kind === 'none') throw noResponse(answer.job);
        if (answer.kind === 'pruned') {
          throw new SendoffError('response_pruned', 'The answer is not kept any more', {
            jobId: id,
          });
        }
        await writeAnswer(context.env.outgoing, answer, { asDownload: true });
        return RESPONSE_ALREADY_SENT;
      },
    },
  ];
}
