// Every route but the two that take jobs, which stay on bare node:http. Hono matches and the
// handlers answer; what must go out exactly as given (a target's answer, an event stream) writes on
// the response itself.

import type { IncomingMessage } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { SendoffError } from '../errors.ts';
import { budgetRoutes } from './budgets.ts';
import { bulkRoutes } from './bulk.ts';
import { causeRoutes } from './causes.ts';
import type { ApiOptions } from './context.ts';
import { eventRoutes } from './events.ts';
import type { Exchange } from './exchange.ts';
import { groupRoutes } from './group.ts';
import { healthRoutes } from './health.ts';
import { jobRoutes } from './job.ts';
import { listRoutes } from './list.ts';
import { metricRoutes } from './metrics.ts';
import { openapiRoutes } from './openapi.ts';
import { outputRoutes } from './output.ts';
import { RefusedError } from './problem.ts';
import { ticketRoutes } from './publishable/mint.ts';
import { refuse } from './refuse.ts';
import { resendRoutes } from './resend.ts';
import { responseRoutes } from './response.ts';
import { statsRoutes } from './stats.ts';

export type RouteContext = Context<{ Bindings: HttpBindings & { exchange: Exchange } }>;

/** One route: `GET` stands for `HEAD` too. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** `:id` stands for one segment. */
  readonly path: string;
  readonly answer: (context: RouteContext) => Response | Promise<Response>;
}

/** Routes that bare node:http serves; named here for `Allow`. */
const takenBefore = [
  { method: 'POST', path: '/v1/jobs' },
  { method: 'POST', path: '/v1/groups' },
  { method: 'POST', path: '/v1/commands/:name/run' },
  { method: 'POST', path: '/v1/commands/run' },
] as const;

export function createRoutes(options: ApiOptions): (exchange: Exchange) => void {
  const routes = allRoutes(options);
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  const app = new Hono<{ Bindings: HttpBindings & { exchange: Exchange } }>();
  for (const { method, path, answer } of routes) app.on(method, path, answer);
  const fail = (error: unknown, { request, response }: Exchange): Response => {
    refuse(request, response, error, options);
    return RESPONSE_ALREADY_SENT;
  };
  app.onError((error, context) => fail(error, context.env.exchange));
  app.notFound((context) => fail(notThere(routes, context.env.exchange), context.env.exchange));
  const listener = getRequestListener(
    (request, env) => {
      const { incoming, outgoing } = env as HttpBindings;
      const exchange = exchanges.get(incoming) as Exchange;
      return app.fetch(request, { incoming, outgoing, exchange });
    },
    // Its own Request and Response would replace everybody's in this process.
    { overrideGlobalObjects: false, errorHandler: () => new Response(null, { status: 400 }) },
  );
  return (exchange) => {
    exchanges.set(exchange.request, exchange);
    void listener(exchange.request, exchange.response);
  };
}

function allRoutes(options: ApiOptions): readonly Route[] {
  return [
    ...listRoutes(options),
    ...jobRoutes(options),
    ...responseRoutes(options),
    ...outputRoutes(options),
    ...causeRoutes(options),
    ...budgetRoutes(options),
    ...resendRoutes(options),
    ...bulkRoutes(options),
    ...groupRoutes(options),
    ...eventRoutes(options),
    ...ticketRoutes(options),
    ...statsRoutes(options),
    ...healthRoutes(options),
    ...metricRoutes(options),
    ...openapiRoutes(options),
  ];
}

function notThere(routes: readonly Route[], { request, head }: Exchange): SendoffError {
  const allowed = [...routes, ...takenBefore]
    .filter(({ path }) => pattern(path).test(head.path))
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  if (allowed.length === 0) return new SendoffError('not_found', 'There is nothing at this path');
  const allow = [...new Set(allowed)].join(', ');
  return new RefusedError('method_not_allowed', `Expected ${allow}, got \`${request.method}\``, {
    headers: { allow },
  });
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
}
