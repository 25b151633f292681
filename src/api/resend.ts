// `POST /v1/jobs/{id}/resend`: a job once more, as another one; the body of the request says what
// is different.

import { keepBody } from '../engine/intake/keep-body.ts';
import type { CheckedBody } from '../job/checked.ts';
import { type JobDocument, parseJobDocument } from '../job/json.ts';
import { bodyOfDocument } from '../job/json-job.ts';
import { resentJob } from '../job/resend.ts';
import { limits } from '../limits.ts';
import type { ApiOptions } from './context.ts';
import { hasBody } from './exchange.ts';
import { jobId } from './job.ts';
import { jsonAnswer } from './json.ts';
import { requireJson } from './media-type.ts';
import { refuseOptions } from './options-from-headers.ts';
import { readBody } from './read-body.ts';
import type { Route, RouteContext } from './routes.ts';

export function resendRoutes(options: ApiOptions): readonly Route[] {
  const { engine, clock, commands, checkTarget } = options;
  return [
    {
      method: 'POST',
      path: '/v1/jobs/:id/resend',
      answer: async (context) => {
        const id = jobId(context);
        const edits = await editsOf(context, options);
        const receipt = await engine.resend(
          id,
          async (source) => {
            const { target } = source.spec;
            const { fields, bytes, type } = bodyOfDocument(edits, target, options);
            const bodyType = type === undefined ? {} : { bodyType: type };
            const job = resentJob(source, fields, { now: clock.now(), commands, ...bodyType });
            if (job.spec.target.kind === 'http') checkTarget(job.spec.target.url);
            if (bytes === undefined) return { job };
            const body: CheckedBody = await keepBody(engine, bytes);
            return { job, body };
          },
          context.env.exchange.from,
        );
        const headers = { location: `/v1/jobs/${receipt.id}`, 'sendoff-job': receipt.id };
        return jsonAnswer(receipt, { status: 202, headers });
      },
    },
  ];
}

/** No body: nothing is different. */
async function editsOf(
  { env }: RouteContext,
  { clock, requestBodyBytes, engine }: ApiOptions,
): Promise<JobDocument> {
  const { exchange } = env;
  refuseOptions(exchange.head);
  if (!hasBody(exchange)) return { fields: {} };
  requireJson(exchange.head);
  const limitBytes = Math.ceil((requestBodyBytes * 4) / 3) + limits.jsonOverheadBytes;
  const bytes = await readBody(exchange, { limitBytes, clock, engine });
  return bytes.length === 0 ? { fields: {} } : parseJobDocument(bytes);
}
