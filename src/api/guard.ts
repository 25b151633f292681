// What every request must pass before anything else looks at it. A server on loopback without a
// token is open to every program of this machine, and a browser is such a program, driven by other
// people's pages. So:
//
// - Host must name us; a page whose own name resolves to 127.0.0.1 (DNS rebinding) fails here.
// - A browser says in `Sec-Fetch-Site` or `Origin` that another site's page is asking; that is
//   refused, GET included, because GET on `/v1/to` makes a job.
// - A CORS preflight is never a job and gets no CORS headers.
// - Behind a proxy every caller comes from loopback, so without a token its headers are refused.
//
// Publishable routes are for pages of other origins; they have a list of these, and of the rules
// above only the first is theirs.

import type { IncomingMessage } from 'node:http';
import { SendoffError } from '../errors.ts';
import { shown } from '../job/shown.ts';
import { limits } from '../limits.ts';
import type { Door } from './context.ts';
import type { Head } from './head.ts';
import { RefusedError } from './problem.ts';

export interface GuardOptions {
  readonly door: Door;
  readonly hostNames: ReadonlySet<string>;
  readonly hasToken: boolean;
}

/** @throws SendoffError when the request must not go on */
export function guard(request: IncomingMessage, head: Head, options: GuardOptions): void {
  guardForm(request, head, options);
  checkSite(request, head);
  const { door, hasToken } = options;
  if (head.proxyHeader !== undefined && door.kind === 'tcp' && door.isLoopback && !hasToken) {
    const field = head.proxyHeader;
    const detail = `Got \`${field}\`, which a proxy sends: behind a proxy set SENDOFF_TOKEN`;
    throw new SendoffError('proxy_needs_token', detail, { field });
  }
}

/** What holds for publishable routes too: well-formed, and meant for us. */
export function guardForm(
  request: IncomingMessage,
  head: Head,
  options: Pick<GuardOptions, 'door' | 'hostNames'>,
): void {
  checkForm(request, head);
  checkHost(request, head, options);
}

function checkForm(request: IncomingMessage, head: Head): void {
  const lines = request.rawHeaders.length / 2;
  if (lines > limits.headerLines) {
    const detail = `Expected at most ${limits.headerLines} header lines, got ${lines}`;
    throw new RefusedError('headers_too_large', detail, { status: 431, headers: close });
  }
  if ((request.url as string).length > limits.urlBytes) {
    const detail = `Expected a request target of at most ${limits.urlBytes} bytes`;
    throw new RefusedError('uri_too_long', detail, { headers: close });
  }
  const repeated = head.repeated?.find(
    (name) => name !== 'authorization' && name !== 'sendoff-token',
  );
  if (repeated !== undefined) throw badRequest(`Expected \`${repeated}\` once`);
  const coding = head.transferEncoding;
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    throw badRequest(`Expected \`transfer-encoding\` to be chunked, got ${shown(coding)}`);
  }
}

// A name of letters, digits, dots, hyphens and underscores or a bracketed address; then perhaps a
// port.
const hostForm = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?$/;
const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

function checkHost(
  request: IncomingMessage,
  head: Head,
  options: Pick<GuardOptions, 'door' | 'hostNames'>,
): void {
  const host = head.host?.toLowerCase();
  if (host === undefined) throw badRequest('Expected a `host` header, got none');
  const name = hostForm.exec(host)?.[1];
  if (options.door.kind === 'socket') return;
  if (name === undefined)
    throw badRequest('Expected `host` to be a name or address, with or without a port');
  if (loopbackNames.has(name) || options.door.hosts.has(name) || options.hostNames.has(name))
    return;
  if (name === bracketed(request.socket.localAddress)) return;
  const expected = 'Expected `host` to be a name of this server';
  const detail = `${expected}, got ${shown(name)}: name it with --host`;
  throw new SendoffError('host_not_allowed', detail, { field: 'host' });
}

/** The address of our end, as a Host header spells it. */
function bracketed(address: string | undefined): string | undefined {
  if (address?.startsWith('::ffff:')) return address.slice(7);
  return address?.includes(':') ? `[${address}]` : address;
}

function checkSite(request: IncomingMessage, head: Head): void {
  if (request.method === 'OPTIONS' && head.preflightMethod !== undefined) {
    throw new SendoffError('cross_site', 'A CORS preflight is never answered here');
  }
  if (head.path === '/healthz' || isPageNavigation(request, head)) return;
  const site = head.fetchSite;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    const detail = 'Expected `sec-fetch-site` to be same-origin: pages of other sites are refused';
    throw new SendoffError('cross_site', detail, { field: 'sec-fetch-site' });
  }
  if (head.origin !== undefined && !isOurs(head.origin, head.host as string)) {
    const detail = 'Expected `origin` to be this server: pages of other origins are refused';
    throw new SendoffError('cross_site', detail, { field: 'origin' });
  }
}

/** A link on any page may lead people to our own page, which holds no data itself. */
function isPageNavigation(request: IncomingMessage, head: Head): boolean {
  return (
    head.path === '/' &&
    request.method === 'GET' &&
    head.fetchMode === 'navigate' &&
    head.fetchDest === 'document'
  );
}

function isOurs(origin: string, host: string): boolean {
  const own = origin.toLowerCase();
  return own === `http://${host.toLowerCase()}` || own === `https://${host.toLowerCase()}`;
}

const close = { connection: 'close' };

/** What is wrong with the HTTP itself; nothing more can be trusted on this connection. */
function badRequest(detail: string): RefusedError {
  return new RefusedError('bad_request', detail, { headers: close });
}
