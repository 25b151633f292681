// Turns the arguments of `toss` into a checked request, in one go: nothing here waits. So the body
// must be at hand: text, bytes, JSON or a form without files.

import { SendoffError } from '../errors.ts';
import {
  bodyOf,
  hasContentType,
  headerPairs,
  refuseUnknownFields,
  withQuery,
} from '../request-input.ts';
import type { TossInit } from '../sendoff.ts';
import { checkToss, type Toss, type TossFields } from './toss.ts';

const known: ReadonlySet<string> = new Set([
  ...['method', 'headers', 'body', 'json', 'form', 'query', 'timeout'],
]);

/** @throws SendoffError `unknown_field`, `invalid_field`, `invalid_json`, and as `checkToss` */
export function tossFrom(input: string | URL | Request, init: TossInit = {}): Toss {
  return checkToss(tossFields(input, init));
}

/** As `tossFrom`, and not yet checked. */
export function tossFields(
  input: string | URL | Request,
  init: TossInit = {},
): TossFields & { readonly url: string; readonly headers: readonly (readonly [string, string])[] } {
  refuseUnknownFields(init, known);
  // Asking for `Request` makes the platform load it: a text need not wait for that.
  const isText = typeof input === 'string';
  const request = !isText && input instanceof Request ? input : undefined;
  const headers = headerPairs(init.headers ?? request?.headers);
  const isPlain = init.json === undefined && init.form === undefined;
  const body = (isPlain ? init.body : bodyOf(init)) ?? request?.body ?? null;
  const encoded = body === null ? { body } : encodeAtOnce(body);
  const needsType = encoded.type !== undefined && !hasContentType(headers);
  return {
    url: withQuery(request?.url ?? String(input), init.query),
    method: init.method ?? request?.method,
    headers: needsType ? [...headers, ['content-type', encoded.type]] : headers,
    body: encoded.body,
    timeout: init.timeout,
  };
}

interface Encoded {
  readonly body: Uint8Array | null;
  readonly type?: string;
}

/** The caller may write to its own bytes as soon as we return, so they are copied. */
function encodeAtOnce(body: NonNullable<ReturnType<typeof bodyOf>>): Encoded {
  if (typeof body === 'string') {
    return { body: Buffer.from(body), type: 'text/plain;charset=UTF-8' };
  }
  if (body instanceof URLSearchParams) {
    const type = 'application/x-www-form-urlencoded;charset=UTF-8';
    return { body: Buffer.from(body.toString()), type };
  }
  if (ArrayBuffer.isView(body)) {
    const { buffer, byteOffset, byteLength } = body;
    return { body: Buffer.from(new Uint8Array(buffer, byteOffset, byteLength)) };
  }
  if (body instanceof ArrayBuffer) return { body: Buffer.from(new Uint8Array(body)) };
  if (typeof body === 'object' && 'json' in body) {
    return { body: Buffer.from(body.json), type: 'application/json' };
  }
  const message = 'Expected the body of a toss to be text, bytes, JSON or a form without files';
  throw new SendoffError('invalid_field', message, { field: 'body' });
}
