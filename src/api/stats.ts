// `GET /v1/stats`: counters that are kept, never counted.

import type { ApiOptions } from './context.ts';
import { jsonAnswer } from './json.ts';
import { readQuery } from './query.ts';
import type { Route } from './routes.ts';

export function statsRoutes({ engine, tosser, version }: ApiOptions): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/stats',
      answer: async ({ env }) => {
        readQuery(env.exchange.head.query, []);
        return jsonAnswer({ version, ...(await engine.stats()), toss: tosser.counts() });
      },
    },
  ];
}
