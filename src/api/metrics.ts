// `/metrics` for Prometheus and OpenMetrics. The library behind it is loaded by the first scrape,
// so that a server starts without it.

import type { ApiOptions } from './context.ts';
import type { Route } from './routes.ts';

const OPEN_METRICS = 'application/openmetrics-text';

export function metricRoutes({ engine, tosser, version }: ApiOptions): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      answer: async ({ req }) => {
        const { expose } = await import('./exposition.ts');
        const isOpen = req.header('accept')?.includes(OPEN_METRICS) === true;
        const toss = tosser.counts();
        const { text, contentType } = await expose(await engine.stats(), {
          ...{ version, isOpen, toss, tally: engine.tally() },
        });
        const headers = { 'content-type': contentType, 'cache-control': 'no-store' };
        return new Response(text, { headers });
      },
    },
  ];
}
