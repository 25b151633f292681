// `/healthz`: this process answers, for which it needs nobody. `/readyz`: a job would be accepted
// now.

import type { ApiOptions } from './context.ts';
import { jsonAnswer } from './json.ts';
import type { Route } from './routes.ts';

export function healthRoutes({ engine }: ApiOptions): readonly Route[] {
  return [
    { method: 'GET', path: '/healthz', answer: () => jsonAnswer({ status: 'ok' }) },
    {
      method: 'GET',
      path: '/readyz',
      answer: async () => {
        await engine.ping();
        return jsonAnswer({ status: 'ready' });
      },
    },
  ];
}
