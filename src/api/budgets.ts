// Queues, limits and origins: `GET /v1/queues`, `/v1/limits`, `/v1/origins`, page by page, and why
// a job waits. What has a name in its path is in `named-budget.ts`.

import type { BudgetListOptions } from '../budget.ts';
import type { ApiOptions } from './context.ts';
import { jobId, noSuchJob } from './job.ts';
import { jsonAnswer } from './json.ts';
import { checkLimit } from './list.ts';
import { readQuery } from './query.ts';
import type { Route, RouteContext } from './routes.ts';

export const pageParameters = ['cursor', 'limit'] as const;

export function budgetRoutes({ engine }: ApiOptions): readonly Route[] {
  const list = (what: string, look: (page: BudgetListOptions) => unknown): Route => ({
    method: 'GET',
    path: `/v1/${what}`,
    answer: async (context) => jsonAnswer(await look(pageOf(context))),
  });
  return [
    list('queues', (page) => engine.queues(page)),
    list('limits', (page) => engine.limits(page)),
    list('origins', (page) => engine.origins(page)),
    {
      method: 'GET',
      path: '/v1/jobs/:id/why',
      answer: async (context) => {
        const id = jobId(context);
        const why = await engine.why(id);
        if (why === undefined) throw noSuchJob(id);
        return jsonAnswer(why);
      },
    },
  ];
}

function pageOf({ env }: RouteContext): BudgetListOptions {
  const { cursor, limit } = readQuery(env.exchange.head.query, pageParameters);
  return {
    ...(cursor !== undefined && { cursor }),
    ...(limit !== undefined && { limit: checkLimit(limit) }),
  };
}
