// Says no to work before anything of it is read, many thousand times a second if need be: an answer
// is put together once for each scope and `Retry-After`, and nothing is thrown.

import { STATUS_CODES } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Refusal } from '../engine/intake/admit.ts';
import { limits } from '../limits.ts';
import type { Exchange } from './exchange.ts';
import { jsonHeaders, type Problem, secondsText, statusOf } from './problem.ts';
import { refuseWith } from './refuse.ts';

interface Written extends Problem {
  /** Name, value, name, value, … */
  readonly lines: readonly string[];
}

export type RefuseEarly = (exchange: Exchange, refusal: Refusal) => void;

export function createRefuseEarly(clock: Clock): RefuseEarly {
  // Scopes are few: the server's, the disk's, and one for each token.
  const written = new Map<string, Written>();
  const find = (refusal: Refusal): Written => {
    const key = `${refusal.code} ${refusal.scope} ${secondsText(refusal.retryAfterMs)}`;
    let found = written.get(key);
    if (found === undefined) {
      found = write(refusal);
      written.set(key, found);
    }
    return found;
  };
  return (exchange, refusal) => {
    const problem = find(refusal);
    const { response } = exchange;
    if (isToBeClosed(exchange) || response.destroyed) {
      refuseWith(exchange, () => problem, clock);
      return;
    }
    response.writeHead(problem.status, problem.lines as string[]);
    response.end(problem.body);
  };
}

/** More than a little of the request may still be to come. */
function isToBeClosed({ head }: Exchange): boolean {
  if (head.transferEncoding !== undefined || head.expect !== undefined) return true;
  return Number(head.contentLength ?? 0) > limits.inlineBodyBytes;
}

function write({ code, detail, scope, retryAfterMs }: Refusal): Written {
  const status = statusOf(code);
  const title = STATUS_CODES[status];
  const headers = { ...jsonHeaders, 'retry-after': secondsText(retryAfterMs) };
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code, scope });
  const length = ['content-length', String(Buffer.byteLength(body))];
  return { status, headers, body, lines: [...Object.entries(headers).flat(), ...length] };
}
