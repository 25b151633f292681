// One job: what it is, its attempts, and the two things that can be done to it.

import { SendoffError } from '../errors.ts';
import { checkId } from '../job/id.ts';
import type { JobView } from '../sendoff.ts';
import type { ApiOptions } from './context.ts';
import { hangUpSignal } from './exchange.ts';
import { jsonAnswer } from './json.ts';
import { waitSeconds } from './prefer.ts';
import { readQuery } from './query.ts';
import type { Route, RouteContext } from './routes.ts';

export function jobRoutes({ engine }: ApiOptions): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/jobs/:id',
      answer: async (context) => {
        const id = jobId(context);
        const seconds = waitSeconds(context.env.exchange.head.prefer);
        const headers = seconds === undefined ? {} : { 'preference-applied': `wait=${seconds}` };
        const settled = seconds === undefined ? undefined : await waitFor(context, id, seconds);
        return jsonAnswer(settled ?? found(await engine.get(id), id), { headers });
      },
    },
    {
      method: 'GET',
      path: '/v1/jobs/:id/attempts',
      answer: async (context) => {
        const id = jobId(context);
        return jsonAnswer({ attempts: found(await engine.attempts(id), id) });
      },
    },
    {
      method: 'POST',
      path: '/v1/jobs/:id/cancel',
      answer: async (context) => jsonAnswer(await engine.cancel(jobId(context))),
    },
    {
      method: 'POST',
      path: '/v1/jobs/:id/retry',
      answer: async (context) => {
        const receipt = await engine.retry(jobId(context));
        const headers = { location: `/v1/jobs/${receipt.id}`, 'sendoff-job': receipt.id };
        return jsonAnswer(receipt, { status: 202, headers });
      },
    },
  ];

  function waitFor(
    { env }: RouteContext,
    id: string,
    seconds: number,
  ): Promise<JobView | undefined> {
    const signal = hangUpSignal(env.exchange);
    return engine.settled(id, { timeoutMs: seconds * 1_000, signal });
  }
}

/** The id in the path; these routes take no parameters beside it. */
export function jobId(context: RouteContext): string {
  readQuery(context.env.exchange.head.query, []);
  return checkId(context.req.param('id'));
}

function found<Value>(value: Value | undefined, id: string): Value {
  if (value === undefined) throw noSuchJob(id);
  return value;
}

export function noSuchJob(id: string): SendoffError {
  return new SendoffError('not_found', `There is no job \`${id}\``);
}
