// `GET /v1/jobs`: newest first, page by page.

import { SendoffError } from '../errors.ts';
import type { State } from '../job/job.ts';
import { shown } from '../job/shown.ts';
import { limits } from '../limits.ts';
import type { ListOptions } from '../sendoff.ts';
import type { ApiOptions } from './context.ts';
import { jsonAnswer } from './json.ts';
import { readQuery } from './query.ts';
import type { Route } from './routes.ts';

export const listParameters = ['state', 'queue', 'tag', 'url', 'cause', 'limit', 'cursor'] as const;
export const states = ['pending', 'running', 'succeeded', 'failed', 'cancelled'] as const;

export function listRoutes({ engine }: ApiOptions): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/jobs',
      answer: async ({ env }) =>
        jsonAnswer(await engine.list(listOptions(env.exchange.head.query))),
    },
  ];
}

function listOptions(query: string): ListOptions {
  const { state, limit, ...rest } = readQuery(query, listParameters);
  return {
    ...rest,
    ...(state === undefined ? {} : { state: checkState(state) }),
    ...(limit === undefined ? {} : { limit: checkLimit(limit) }),
  };
}

function checkState(state: string): State {
  const found = states.find((known) => known === state);
  if (found !== undefined) return found;
  const detail = `Expected \`state\` to be one of ${states.join(', ')}, got ${shown(state)}`;
  throw new SendoffError('invalid_field', detail, { field: 'state' });
}

export function checkLimit(limit: string): number {
  const rows = /^[0-9]{1,9}$/.test(limit) ? Number(limit) : 0;
  if (rows >= 1 && rows <= limits.listRows) return rows;
  const detail = `Expected \`limit\` to be from 1 to ${limits.listRows}, got ${shown(limit)}`;
  throw new SendoffError('invalid_limit', detail, { field: 'limit' });
}
