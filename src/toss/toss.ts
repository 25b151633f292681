// A request that is tossed: checked by the same rules as a job, small enough for memory, and
// already in the words in which it goes out.

import { SendoffError } from '../errors.ts';
import { parseDuration } from '../job/duration.ts';
import { checkHeaders, checkMethod } from '../job/header.ts';
import type { HeaderLines } from '../job/job.ts';
import { limits } from '../limits.ts';
import { checkPlace } from './known-origin.ts';

export interface Toss {
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly method: string;
  /** Name, value, name, value, … */
  readonly headers: readonly string[];
  readonly body: Uint8Array | null;
  /** From being given a connection to the last byte of the answer. */
  readonly timeoutMs: number;
}

/** A toss as a caller says it. */
export interface TossFields {
  readonly url: unknown;
  /** @default GET without a body, POST with one */
  readonly method?: unknown;
  readonly headers: Iterable<readonly [string, unknown]>;
  /** Ours to keep: nobody else writes to it. */
  readonly body: Uint8Array | null;
  /** @default limits.tossMs */
  readonly timeout?: unknown;
}

/**
 * @throws SendoffError the codes of URLs, headers, methods and durations; `body_too_large`
 */
export function checkToss(fields: TossFields): Toss {
  const { method, body, timeout } = fields;
  const place = checkPlace(fields.url);
  checkBodySize(body);
  return {
    ...{ origin: place.origin, path: place.path },
    method: method === undefined ? (body === null ? 'GET' : 'POST') : checkMethod(method),
    headers: flat(checkHeaders(fields.headers)),
    body,
    timeoutMs:
      timeout === undefined
        ? limits.tossMs
        : parseDuration(timeout, { field: 'timeout', leastMs: 1 }),
  };
}

/** `Array.flat` takes several times as long. */
function flat(lines: HeaderLines): string[] {
  const texts: string[] = [];
  for (const [name, value] of lines) texts.push(name, value);
  return texts;
}

function checkBodySize(body: Uint8Array | null): void {
  if (body === null || body.length <= limits.inlineBodyBytes) return;
  throw bodyTooLarge();
}

export function bodyTooLarge(): SendoffError {
  const wanted = `a body of at most ${limits.inlineBodyBytes} bytes`;
  const message = `Expected ${wanted}: a larger one goes as a job`;
  return new SendoffError('body_too_large', message, { field: 'body' });
}

/** Bytes of memory that it takes while it waits, nearly. */
export function bytesOf({ path, headers, body }: Toss): number {
  let bytes = OBJECT_BYTES + path.length + (body?.length ?? 0);
  for (const text of headers) bytes += text.length;
  return bytes;
}

/** Of the objects that stand for one toss. */
const OBJECT_BYTES = 500;
