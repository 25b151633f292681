// The door for pages: `/v1/routes/{name}` and what lies under it. Every request is well-formed and
// meant for us, comes from an origin of the route, and keeps its address's pace, before anything
// else of it is looked at. The same door stands on the usual listeners and, alone, on public ones.

import { errorOf, PAGES } from '../../engine/intake/admit.ts';
import { SendoffError } from '../../errors.ts';
import type { CheckedRoute } from '../../job/publishable-route.ts';
import { limits } from '../../limits.ts';
import { refusalAtDoor } from '../admission.ts';
import type { Api } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { guardForm } from '../guard.ts';
import { RefusedError } from '../problem.ts';
import { Followers } from './followers.ts';
import { handOverPublicly } from './hand-over.ts';
import { lookPublicly } from './look.ts';
import { answerPreflight, checkOrigin, openTo } from './origin.ts';
import { createPace, paceOwner } from './pace.ts';

export interface PublishableDoor {
  /** Whether the request is for a route; whatever else its path says is for others. */
  serves(exchange: Exchange): boolean;
  answer(exchange: Exchange): Promise<void>;
}

const path = /^\/v1\/routes\/([\w-]+)(?:\/jobs\/([^/]+))?$/;

export function createPublishableDoor(api: Api, hostNames: ReadonlySet<string>): PublishableDoor {
  const followers = new Followers(api);
  const pace = createPace(api.clock);

  const answerRoute = async (exchange: Exchange, name: string, id?: string): Promise<void> => {
    const { request, response, head, door } = exchange;
    guardForm(request, head, { door, hostNames });
    const route = knownRoute(name);
    openTo(checkOrigin(exchange, route), response);
    const method = id === undefined ? 'POST' : 'GET';
    if (request.method === 'OPTIONS' && head.preflightMethod !== undefined) {
      return answerPreflight(response, method);
    }
    if (request.method !== method) throw wrongMethod(method, request.method);
    const perMinute = id === undefined ? route.ratePerMinute : limits.routeLooksPerMinute;
    const who = paceOwner(request.socket.remoteAddress);
    pace.count(`${method} ${name} ${who}`, perMinute);
    if (id === undefined) {
      refuseIfBusy(exchange, api);
      return handOverPublicly(exchange, route, api);
    }
    return lookPublicly(exchange, { route, id }, { api, followers });
  };

  function knownRoute(name: string): CheckedRoute {
    const route = api.routes().get(name);
    if (route !== undefined) return route;
    throw new SendoffError('not_found', 'There is nothing at this path');
  }

  return {
    serves: ({ head }) => path.test(head.path),
    async answer(exchange) {
      const [, name, id] = path.exec(exchange.head.path) as RegExpExecArray;
      await answerRoute(exchange, name as string, id);
    },
  };
}

/** Before its body is read. */
function refuseIfBusy(exchange: Exchange, api: Api): void {
  exchange.from = PAGES;
  const refusal = refusalAtDoor(exchange, api);
  if (refusal !== undefined) throw errorOf(refusal);
}

function wrongMethod(expected: string, method = ''): RefusedError {
  return new RefusedError('method_not_allowed', `Expected ${expected}, got \`${method}\``, {
    headers: { allow: `${expected}, OPTIONS` },
  });
}
