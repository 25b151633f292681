// The successor of a function that PHP programs have passed on for twenty years: it opened a
// socket, wrote a request and closed at once, so that the caller need not wait. Its arguments are
// the same, and so is its result. Its flaws are gone: the connection is kept until the target has
// answered, so that the target is not interrupted; HTTPS works; nothing that is given can end a
// line of the request.
//
// The only state are the connections, made when first needed. They keep the process alive as long
// as a request is under way, and no longer.

import { systemClock } from './clock.ts';
import { SendoffError } from './errors.ts';
import { parseDuration } from './job/duration.ts';
import { checkHeaders, checkMethod } from './job/header.ts';
import { checkUrl } from './job/target-url.ts';
import { limits } from './limits.ts';
import { createLocalTosser } from './toss/local.ts';
import { nestedQuery, type QueryParams, type QueryValue } from './toss/nested-query.ts';
import type { Toss } from './toss/toss.ts';
import type { Tosser } from './toss/tosser.ts';
import { version } from './version.ts';

/** What goes into the query or the form; nested as deep as you like. Null: nothing. */
export type AsyncParams = QueryParams | readonly QueryValue[] | URLSearchParams | string | null;

/**
 * Sends a request and does not wait for its answer: resolves with true as soon as the connection
 * stands and the request is written, else with the reason, as text. Never rejects, never tries
 * twice. Needs no store and no server.
 *
 * @param params GET and HEAD: added to the query that `url` has; else sent as a form
 * @param port 80 counts as not given: then it is the URL's, else the scheme's
 * @param timeout for the connection, seconds
 */
export async function asyncRequest(
  url: string | URL,
  params: AsyncParams = {},
  method = 'get',
  port = 80,
  timeout = 30,
): Promise<true | string> {
  try {
    const connectMs = parseDuration(timeout * 1_000, { field: 'timeout', leastMs: 1 });
    return await write(tossOf(url, { params, method, port }), connectMs);
  } catch (error) {
    // What a caller's own object throws while it is read is a reason too.
    return error instanceof Error ? error.message : String(error);
  }
}

interface Wanted {
  readonly params: AsyncParams;
  readonly method: string;
  readonly port: number;
}

function tossOf(text: string | URL, { params, method: wanted, port }: Wanted): Toss {
  const method = checkMethod(wanted);
  const isInQuery = method === 'GET' || method === 'HEAD';
  const fields = encodeUnseen(typeof params === 'string' ? params : queryOf(params));
  const url = checkUrl(withoutFragment(encodeUnseen(String(text).trim())));
  if (port !== DEFAULT_PORT) url.port = portText(port);
  if (isInQuery && fields !== '') url.search += `${url.search === '' ? '?' : '&'}${fields}`;
  const { origin, pathname, search } = checkUrl(url);
  const type: [string, string] = ['content-type', 'application/x-www-form-urlencoded'];
  return {
    ...{ origin, method, path: pathname + search },
    headers: isInQuery ? [] : checkHeaders([type]).flat(),
    body: isInQuery ? null : Buffer.from(fields),
    timeoutMs: limits.tossMs,
  };
}

const DEFAULT_PORT = 80;

function queryOf(params: Exclude<AsyncParams, string>): string {
  return params instanceof URLSearchParams ? params.toString() : nestedQuery(params ?? {});
}

/** What would end a line of the request, or its first line, is written as what it is. */
function encodeUnseen(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
  return text.replace(/[\u0000-\u0020\u007f]/g, encodeURIComponent);
}

/** It is never sent, and the old function ignored it. */
function withoutFragment(text: string): string {
  const hashAt = text.indexOf('#');
  return hashAt === -1 ? text : text.slice(0, hashAt);
}

/** Setting what is no port would be ignored. */
function portText(port: number): string {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return String(port);
  const message = `Expected \`port\` to be a whole number from 1 to 65535, got \`${port}\``;
  throw new SendoffError('invalid_port', message, { field: 'port' });
}

function write(toss: Toss, connectMs: number): Promise<true | string> {
  const { promise, resolve } = Promise.withResolvers<true | string>();
  let isGivenUp = false;
  const stop = systemClock.after(connectMs, () => {
    isGivenUp = true;
    resolve(`No connection to ${toss.origin} within ${connectMs / 1_000} s`);
  });
  const settle = (result: true | string): void => {
    stop();
    resolve(result);
  };
  const isTaken = tosserOf(connectMs).take(toss, {
    sent: () => settle(true),
    ended: (end) => settle(end.kind === 'answered' ? true : end.detail),
    isGivenUp: () => isGivenUp,
  });
  if (!isTaken) settle('Too many requests wait in memory; this one was not sent');
  return promise;
}

/** By the time that a connection may take. Those that rest go when another time is asked for. */
const tossers = new Map<number, Tosser>();

function tosserOf(connectMs: number): Tosser {
  const known = tossers.get(connectMs);
  if (known) return known;
  for (const [ms, resting] of tossers) {
    if (resting.counts().waiting > 0) continue;
    tossers.delete(ms);
    void resting.close({ drainMs: 0 });
  }
  const tosser = createLocalTosser({
    clock: systemClock,
    userAgent: `sendoff/${version}`,
    connectMs,
  });
  tossers.set(connectMs, tosser);
  return tosser;
}
