// `GET /v1/causes`: failed jobs by cause, most jobs first.

import { SendoffError } from '../errors.ts';
import { shown } from '../job/shown.ts';
import { limits } from '../limits.ts';
import type { ApiOptions } from './context.ts';
import { jsonAnswer } from './json.ts';
import { readQuery } from './query.ts';
import type { Route } from './routes.ts';

export const causeParameters = ['origin', 'limit'] as const;

export function causeRoutes({ engine }: ApiOptions): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/causes',
      answer: async ({ env }) => {
        const { origin, limit } = readQuery(env.exchange.head.query, causeParameters);
        const page = await engine.causes({
          ...(origin !== undefined && { origin }),
          ...(limit !== undefined && { limit: checkLimit(limit) }),
        });
        return jsonAnswer(page);
      },
    },
  ];
}

function checkLimit(limit: string): number {
  const rows = /^[0-9]{1,9}$/.test(limit) ? Number(limit) : 0;
  if (rows >= 1 && rows <= limits.causes) return rows;
  const detail = `Expected \`limit\` to be from 1 to ${limits.causes}, got ${shown(limit)}`;
  throw new SendoffError('invalid_limit', detail, { field: 'limit' });
}
