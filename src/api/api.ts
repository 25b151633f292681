// The HTTP face: one function for every request of every listener. Pages with a publishable key
// have a door of their own. For all else the guard comes first; then the two routes that take jobs,
// on bare node:http because they are the hot path; then the rest.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { SendoffError } from '../errors.ts';
import { createAdmission, refusalAtDoor } from './admission.ts';
import { rememberAllowed } from './check-target.ts';
import type { Api, ApiOptions, Door } from './context.ts';
import type { Exchange } from './exchange.ts';
import { handOverGroup } from './groups.ts';
import { readHead } from './head.ts';
import { handOver } from './jobs.ts';
import { answerNamedBudget, isNamedBudgetPath } from './named-budget.ts';
import { isPlainPath } from './path.ts';
import { createPublishableDoor } from './publishable/door.ts';
import { refuse } from './refuse.ts';
import { createRefuseEarly } from './refuse-early.ts';
import { createRoutes } from './routes.ts';
import { isRunPath, runCommand } from './run.ts';
import { passThrough } from './to.ts';
import { toss } from './toss.ts';

export type { ApiOptions, Door, Log } from './context.ts';

export type ApiHandler = (request: IncomingMessage, response: ServerResponse, door: Door) => void;

export function createApi(options: ApiOptions): ApiHandler {
  const api: Api = { ...options, checkJobTarget: rememberAllowed(options.checkTarget) };
  const hostNames = new Set(options.hostNames.map((name) => name.toLowerCase()));
  const pages = createPublishableDoor(api, hostNames);
  const admit = createAdmission(options, hostNames);
  const routes = createRoutes(options);
  const refuseEarly = createRefuseEarly(options.clock);
  return (request, response, door) => {
    const exchange: Exchange = {
      request,
      response,
      head: readHead(request),
      door,
      from: door.kind,
    };
    const fail = (error: unknown): void => refuse(request, response, error, options);
    try {
      if (pages.serves(exchange)) return void pages.answer(exchange).catch(fail);
      admit(exchange);
      const { path } = exchange.head;
      const take = takerOf(exchange);
      if (take !== undefined) {
        const refusal = refusalAtDoor(exchange, api);
        if (refusal === undefined) take(exchange, api).catch(fail);
        else refuseEarly(exchange, refusal);
      } else if (path === '/v1/toss') toss(exchange, api).catch(fail);
      else if (isNamedBudgetPath(path)) answerNamedBudget(exchange, api).catch(fail);
      else if (isPlainPath(path)) routes(exchange);
      else fail(new SendoffError('not_found', 'There is nothing at this path'));
    } catch (error) {
      fail(error);
    }
  };
}

type Take = (exchange: Exchange, api: Api) => Promise<void>;

/** Who stores what this request brings; undefined: it is about something else. */
function takerOf({ head: { path }, request }: Exchange): Take | undefined {
  if (path === '/v1/to') return passThrough;
  if (request.method !== 'POST') return undefined;
  if (path === '/v1/jobs') return handOver;
  if (path === '/v1/groups') return handOverGroup;
  return isRunPath(path) ? runCommand : undefined;
}
