// `/openapi.json`. Built when somebody asks for it the first time, so that the schema library costs
// nothing before.

import type { ApiOptions } from './context.ts';
import { jsonAnswer } from './json.ts';
import type { Route } from './routes.ts';

export function openapiRoutes({ version }: ApiOptions): readonly Route[] {
  let description: Promise<unknown> | undefined;
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      answer: async () => {
        description ??= import('./description.ts').then(({ describe }) => describe(version));
        return jsonAnswer(await description);
      },
    },
  ];
}
