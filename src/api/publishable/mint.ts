// `POST /v1/routes/{name}/tickets`: the operator's own server asks for a ticket, to give it to a
// page of a person whom it knows. Through the usual door only: strangers cannot ask.

import { SendoffError } from '../../errors.ts';
import { checkId } from '../../job/id.ts';
import { parseJson } from '../../job/json.ts';
import { checkFields } from '../../job/known-field.ts';
import { shown } from '../../job/shown.ts';
import { limits } from '../../limits.ts';
import type { ApiOptions } from '../context.ts';
import { jsonAnswer } from '../json.ts';
import { documentKind } from '../media-type.ts';
import { readQuery } from '../query.ts';
import { readBody } from '../read-body.ts';
import type { Route, RouteContext } from '../routes.ts';
import { sendTicket } from './ticket.ts';

const REQUEST_BYTES = 1_024;

export function ticketRoutes(options: ApiOptions): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/routes/:name/tickets',
      answer: async (context) => {
        readQuery(context.env.exchange.head.query, []);
        const route = context.req.param('name') as string;
        if (options.routes().get(route)?.tickets !== true) throw noTickets(route);
        const id = (await wantedId(context, options)) ?? options.clock.id();
        const expiresAt = options.clock.now() + limits.routeTicketMs;
        const ticket = sendTicket(options.secret, { route, id }, expiresAt);
        return jsonAnswer({ ticket, id, expiresAt: new Date(expiresAt).toISOString() });
      },
    },
  ];
}

/** A page that has chosen its job's id already asks for a ticket with that id. */
async function wantedId(
  { env }: RouteContext,
  { clock, engine }: ApiOptions,
): Promise<string | undefined> {
  const bytes = await readBody(env.exchange, { limitBytes: REQUEST_BYTES, clock, engine });
  if (bytes.length === 0) return undefined;
  documentKind(env.exchange.head);
  const { id } = checkFields(parseJson(bytes), new Set(['id']), 'ticket');
  return id === undefined ? undefined : checkId(id);
}

function noTickets(route: string): SendoffError {
  return new SendoffError('not_found', `There is no route ${shown(route)} that takes tickets`);
}
