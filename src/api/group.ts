// `GET /v1/groups/{id}`: what there is of a group, or with `Prefer: wait` what there is by then. As
// NDJSON each result is a line of its own, sent when it comes; those still pending follow at the
// end.

import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Engine, Group } from '../engine/engine.ts';
import { SendoffError } from '../errors.ts';
import { checkId } from '../job/id.ts';
import { limits } from '../limits.ts';
import { drained } from './answer.ts';
import type { ApiOptions } from './context.ts';
import { type Exchange, hangUpSignal } from './exchange.ts';
import { groupAnswer, idsOf, memberAnswer } from './group-answer.ts';
import { jsonAnswer } from './json.ts';
import { waitSeconds } from './prefer.ts';
import { readQuery } from './query.ts';
import type { Route } from './routes.ts';

export function groupRoutes({ engine }: ApiOptions): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/groups/:id',
      answer: async (context) => {
        const { exchange } = context.env;
        readQuery(exchange.head.query, []);
        const id = checkId(context.req.param('id'));
        const group = await engine.group(id);
        if (!group) throw new SendoffError('not_found', `There is no group \`${id}\``);
        const seconds = waitSeconds(exchange.head.prefer);
        const wait = { timeoutMs: (seconds ?? 0) * 1_000, signal: hangUpSignal(exchange) };
        const headers: Record<string, string> =
          seconds === undefined ? {} : { 'preference-applied': `wait=${seconds}` };
        const isLines = /\bapplication\/x-ndjson\b/.test(context.req.header('accept') ?? '');
        if (!isLines || exchange.request.method === 'HEAD') {
          return jsonAnswer(await groupAnswer(engine, group, wait), { headers });
        }
        exchange.response.writeHead(200, { ...lineHead, ...headers });
        await writeLines(exchange, engine, { group, wait });
        return RESPONSE_ALREADY_SENT;
      },
    },
  ];
}

const lineHead = {
  'content-type': 'application/x-ndjson',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-accel-buffering': 'no',
};

interface Lines {
  readonly group: Group;
  readonly wait: Parameters<Engine['outcomes']>[1];
}

async function writeLines(
  { response }: Exchange,
  engine: Engine,
  { group, wait }: Lines,
): Promise<void> {
  const left = new Map<string, string[]>();
  for (const { key, id } of group.members) left.set(id, [...(left.get(id) ?? []), key]);
  const write = async (id: string, line: object): Promise<void> => {
    for (const key of left.get(id) ?? []) {
      const text = `${JSON.stringify({ key: group.isList ? Number(key) : key, ...line })}\n`;
      if (!response.destroyed && !response.write(text)) await drained(response);
    }
    left.delete(id);
  };
  response.flushHeaders();
  for await (const some of engine.outcomes(idsOf(group), wait)) {
    for (const outcome of some) {
      await write(outcome.id, await memberAnswer(outcome, limits.groupBodyBytes));
    }
  }
  for (const id of left.keys()) await write(id, { id, state: 'pending', ok: false });
  response.end();
}
