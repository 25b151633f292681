// Which lines of a passed-through request the target gets. What speaks of this connection, of the
// browser that made it or of us is dropped; all else goes on in its order and spelling,
// `content-encoding` and multipart included. `Cookie` is never the browser's own: a caller that
// means it says `Sendoff-Cookie`.

import type { IncomingMessage } from 'node:http';
import { isHopByHop } from '../job/header.ts';

const dropped: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'expect',
  'cookie',
  'origin',
  'referer',
  'forwarded',
  'prefer',
  // Every attempt writes it, from the caller's value.
  'idempotency-key',
]);

/** Names under which a caller says what the target shall get in place of a header that is ours. */
const meant: ReadonlyMap<string, string> = new Map([
  ['sendoff-cookie', 'Cookie'],
  ['sendoff-authorization', 'Authorization'],
]);

/** @param isAuthorizationOurs the request's own `Authorization` is our token, not the target's */
export function targetHeaders(
  request: IncomingMessage,
  isAuthorizationOurs: boolean,
): [name: string, value: string][] {
  const raw = request.rawHeaders;
  const lines: [string, string][] = [];
  let connection: ReadonlySet<string> | undefined;
  let isReplaced = isAuthorizationOurs;
  for (let at = 0; at < raw.length; at += 2) {
    const lower = (raw[at] as string).toLowerCase();
    if (lower === 'connection') connection = tokens(connection, raw[at + 1] as string);
    else if (lower === 'sendoff-authorization') isReplaced = true;
  }
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] as string;
    const lower = name.toLowerCase();
    if (isDropped(lower) || connection?.has(lower)) continue;
    if (lower === 'authorization' && isReplaced) continue;
    const shownName = lower.startsWith('sendoff-') ? meant.get(lower) : name;
    if (shownName !== undefined) lines.push([shownName, raw[at + 1] as string]);
  }
  return lines;
}

function isDropped(lower: string): boolean {
  return (
    dropped.has(lower) ||
    lower.startsWith('sec-fetch-') ||
    lower.startsWith('x-forwarded-') ||
    isHopByHop(lower)
  );
}

/** Usually `keep-alive` or `close`, which names no header. */
function tokens(known: ReadonlySet<string> | undefined, value: string): ReadonlySet<string> {
  const names = value.split(',').map((token) => token.trim().toLowerCase());
  return new Set([...(known ?? []), ...names]);
}
