// The HTTP face: one function for every request of every listener. Pages with a publishable key
// have a door of their own. For all else the guard comes first; then the two routes that take jobs,
// on bare node:http because they are the hot path; then the rest.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { SendoffError } from '../errors.ts';
import { rememberAllowed } from './check-target.ts';
import type { Api, ApiOptions, Door } from './context.ts';
import type { Exchange } from './exchange.ts';
import { handOverGroup } from './groups.ts';
import { guard, guardForm } from './guard.ts';
import { readHead } from './head.ts';
import { handOver } from './jobs.ts';
import { isPlainPath } from './path.ts';
import { createPublishableDoor } from './publishable/door.ts';
import { refuse } from './refuse.ts';
import { createRoutes } from './routes.ts';
import { isRunPath, runCommand } from './run.ts';
import { passThrough } from './to.ts';
import { checkToken, createTokenDoor, showsToken } from './token.ts';
import { toss } from './toss.ts';

export type { ApiOptions, Door, Log } from './context.ts';

export type ApiHandler = (request: IncomingMessage, response: ServerResponse, door: Door) => void;

export function createApi(options: ApiOptions): ApiHandler {
  const api: Api = { ...options, checkJobTarget: rememberAllowed(options.checkTarget) };
  const hostNames = new Set(options.hostNames.map((name) => name.toLowerCase()));
  const pages = createPublishableDoor(api, hostNames);
  const admit = createAdmission(options, hostNames);
  const routes = createRoutes(options);
  return (request, response, door) => {
    const exchange: Exchange = { request, response, head: readHead(request), door };
    const fail = (error: unknown): void => refuse(request, response, error, options);
    try {
      if (pages.serves(exchange)) return void pages.answer(exchange).catch(fail);
      admit(exchange);
      const { path } = exchange.head;
      if (path === '/v1/to') passThrough(exchange, api).catch(fail);
      else if (path === '/v1/toss') toss(exchange, api).catch(fail);
      else if (path === '/v1/jobs' && request.method === 'POST')
        handOver(exchange, api).catch(fail);
      else if (path === '/v1/groups' && request.method === 'POST')
        handOverGroup(exchange, api).catch(fail);
      else if (request.method === 'POST' && isRunPath(path)) runCommand(exchange, api).catch(fail);
      else if (isPlainPath(path)) routes(exchange);
      else fail(new SendoffError('not_found', 'There is nothing at this path'));
    } catch (error) {
      fail(error);
    }
  };
}

/** Guard and token, before anything else. */
function createAdmission(
  options: ApiOptions,
  hostNames: ReadonlySet<string>,
): (exchange: Exchange) => void {
  const { tokenHash, clock } = options;
  const tokens = tokenHash && createTokenDoor(tokenHash, clock);
  return ({ request, head, door }) => {
    if (door.isPublic) return admitStranger({ request, head, door }, hostNames);
    guard(request, head, { door, hostNames, hasToken: tokens !== undefined });
    if (tokens === undefined || head.path === '/healthz') return;
    // The socket's file permissions say who may come; a token shown there must be right all the
    // same.
    if (door.kind === 'socket' && !showsToken(head)) return;
    checkToken(tokens, head, request.socket.remoteAddress ?? 'the socket');
  };
}

/** Where strangers come in there is nothing but publishable routes, and whether we are well. */
function admitStranger(
  { request, head, door }: Pick<Exchange, 'request' | 'head' | 'door'>,
  hostNames: ReadonlySet<string>,
): void {
  guardForm(request, head, { door, hostNames });
  if (head.path === '/healthz') return;
  throw new SendoffError('not_found', 'There is nothing at this path');
}
