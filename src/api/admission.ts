// Who comes in, and whether their work is taken: decided by the head of a request alone, before a
// byte of its body is read, so that saying no costs next to nothing.

import { type Refusal, TOKEN_PREFIX } from '../engine/intake/admit.ts';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Api, ApiOptions } from './context.ts';
import type { Exchange } from './exchange.ts';
import { guard, guardForm } from './guard.ts';
import { checkToken, createTokenDoor, showsToken } from './token.ts';

/** Guard and token, before anything else. */
export function createAdmission(
  options: ApiOptions,
  hostNames: ReadonlySet<string>,
): (exchange: Exchange) => void {
  const { clock } = options;
  const tokens = options.tokens && createTokenDoor(options.tokens, clock);
  return (exchange) => {
    const { request, head, door } = exchange;
    if (door.isPublic) return admitStranger({ request, head, door }, hostNames);
    guard(request, head, { door, hostNames, hasToken: tokens !== undefined });
    if (tokens === undefined || head.path === '/healthz') return;
    // The socket's file permissions say who may come; a token shown there must be right all the
    // same.
    if (door.kind === 'socket' && !showsToken(head)) return;
    const address = request.socket.remoteAddress ?? 'the socket';
    exchange.from = `${TOKEN_PREFIX}${checkToken(tokens, head, address)}`;
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

/** Why the work that a request brings is not taken now. A large body never is in memory. */
export function refusalAtDoor({ head, from }: Exchange, { engine }: Api): Refusal | undefined {
  const announced = Number(head.contentLength ?? 0);
  const bytes = announced <= limits.inlineBodyBytes ? announced : 0;
  return engine.refusal({ from, jobs: 1, bytes });
}
