// `/v1/bulk`: operations on many jobs. What they mean is counted first; what they do is on disk and
// goes on by itself.

import { SendoffError } from '../errors.ts';
import { type CheckedBulk, checkBulk } from '../job/bulk-request.ts';
import { checkId } from '../job/id.ts';
import { parsePlainJson } from '../job/json.ts';
import { isPlainObject } from '../job/known-field.ts';
import { limits } from '../limits.ts';
import type { ApiOptions } from './context.ts';
import { jsonAnswer } from './json.ts';
import { requireJson } from './media-type.ts';
import { refuseOptions } from './options-from-headers.ts';
import { readQuery } from './query.ts';
import { readBody } from './read-body.ts';
import type { Route, RouteContext } from './routes.ts';

export function bulkRoutes(options: ApiOptions): readonly Route[] {
  const { bulk } = options.engine;
  return [
    {
      method: 'POST',
      path: '/v1/bulk/preview',
      answer: async (context) =>
        jsonAnswer(await bulk.preview(await bulkRequest(context, options))),
    },
    {
      method: 'POST',
      path: '/v1/bulk',
      answer: async (context) => {
        const started = await bulk.start(await bulkRequest(context, options));
        const headers = { location: `/v1/bulk/${started.id}` };
        return jsonAnswer(started, { status: 202, headers });
      },
    },
    {
      method: 'GET',
      path: '/v1/bulk',
      answer: async ({ env }) => {
        readQuery(env.exchange.head.query, []);
        return jsonAnswer({ bulks: await bulk.list() });
      },
    },
    {
      method: 'GET',
      path: '/v1/bulk/:id',
      answer: async (context) => {
        const id = bulkId(context);
        const found = await bulk.get(id);
        if (!found) throw new SendoffError('not_found', `There is no operation \`${id}\``);
        return jsonAnswer(found);
      },
    },
    {
      method: 'POST',
      path: '/v1/bulk/:id/abort',
      answer: async (context) => jsonAnswer(await bulk.abort(bulkId(context))),
    },
  ];
}

function bulkId(context: RouteContext): string {
  readQuery(context.env.exchange.head.query, []);
  return checkId(context.req.param('id'));
}

async function bulkRequest(
  { env }: RouteContext,
  { clock, checkTarget, engine }: ApiOptions,
): Promise<CheckedBulk> {
  const { exchange } = env;
  readQuery(exchange.head.query, []);
  refuseOptions(exchange.head);
  requireJson(exchange.head);
  const bytes = await readBody(exchange, { limitBytes: limits.bulkRequestBytes, clock, engine });
  const value = parsePlainJson(bytes);
  if (!isPlainObject(value)) {
    throw new SendoffError('invalid_json_type', 'Expected an operation to be a JSON object');
  }
  const checked = checkBulk(value, { now: clock.now() });
  const url = checked.order.edits?.url;
  if (typeof url === 'string') checkTarget(url);
  return checked;
}
