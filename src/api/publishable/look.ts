// `GET /v1/routes/{name}/jobs/{id}?ticket=…`: whoever handed a job over looks at it, once or, by
// Server-Sent Events, until it is settled. Each event is the whole view, so that one that was
// missed needs no repair.

import type { ServerResponse } from 'node:http';
import { SendoffError } from '../../errors.ts';
import { checkId } from '../../job/id.ts';
import type { CheckedRoute } from '../../job/publishable-route.ts';
import type { Api } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { readQuery } from '../query.ts';
import { jsonHead } from '../receipt.ts';
import type { Followers } from './followers.ts';
import { paceOwner } from './pace.ts';
import { checkLookTicket } from './ticket.ts';
import { type PublicJob, publicView } from './view.ts';

export interface Look {
  readonly route: CheckedRoute;
  /** As it stands in the path. */
  readonly id: string;
}

export async function lookPublicly(
  exchange: Exchange,
  { route, id: given }: Look,
  { api, followers }: { readonly api: Api; readonly followers: Followers },
): Promise<void> {
  const { ticket } = readQuery(exchange.head.query, ['ticket']);
  const id = checkId(given);
  checkLookTicket(api.secret, { route: route.name, id }, ticket);
  const view = (): Promise<PublicJob | undefined> => publicView(api.engine, id, route);
  const first = await view();
  if (first === undefined) throw new SendoffError('not_found', `There is no job \`${id}\``);
  const { request, response } = exchange;
  if (!/\btext\/event-stream\b/.test(request.headers.accept ?? ''))
    return writeView(response, first);
  if (response.destroyed) return;
  // From before the second look on, so that no change falls between.
  const stream = followers.open(exchange, { id, who: paceOwner(request.socket.remoteAddress) });
  await stream.follow(view);
}

function writeView(response: ServerResponse, view: PublicJob): void {
  const body = JSON.stringify(view);
  response.writeHead(200, { ...jsonHead, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
