// Which pages may use a route, and the CORS headers that tell the browser so. Nothing is opened to
// an origin that the operator has not written down, not even a readable refusal.

import type { ServerResponse } from 'node:http';
import { SendoffError } from '../../errors.ts';
import type { CheckedRoute } from '../../job/publishable-route.ts';
import { shown } from '../../job/shown.ts';
import type { Exchange } from '../exchange.ts';

/** How long a browser may remember the answer to a preflight. */
const PREFLIGHT_SECONDS = 600;
const ALLOWED_HEADERS = 'content-type, sendoff-publishable-key, sendoff-id, sendoff-ticket';
const EXPOSED_HEADERS = 'retry-after, sendoff-job, sendoff-duplicate';

/**
 * The page's origin, which is on the route's list. A page on our own origin does not name it when
 * it only looks; the browser says then that it is the same.
 *
 * @throws SendoffError `origin_not_allowed`
 */
export function checkOrigin({ request, head }: Exchange, { origins }: CheckedRoute): string {
  const isOwn = head.origin === undefined && head.fetchSite === 'same-origin';
  const own =
    isOwn && request.method === 'GET' ? [`http://${head.host}`, `https://${head.host}`] : [];
  const origin = [...(head.origin === undefined ? [] : [head.origin]), ...own].find((one) =>
    origins.has(one),
  );
  if (origin !== undefined) return origin;
  const got = head.origin === undefined ? 'none' : shown(head.origin);
  const detail = `Expected \`origin\` to be one that this route is for, got ${got}`;
  throw new SendoffError('origin_not_allowed', detail, { field: 'origin' });
}

/** For every answer that this origin may read, refusals included. */
export function openTo(origin: string, response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Expose-Headers', EXPOSED_HEADERS);
  response.setHeader('Vary', 'Origin');
}

export function answerPreflight(response: ServerResponse, methods: string): void {
  response.removeHeader('Access-Control-Expose-Headers');
  response.writeHead(204, {
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Allow-Headers': ALLOWED_HEADERS,
    'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
    'Cache-Control': 'no-store',
  });
  response.end();
}
