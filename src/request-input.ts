// Turns the arguments of `send` (fetch's, plus json, form, query and delivery options) into one
// plain request. The platform's own Response encodes bodies, so that text, forms, multipart and
// streams come out exactly as fetch would send them. A body that fits into memory comes back as
// bytes; a longer one stays a stream, of which only the first pieces have been read.

import { SendoffError } from './errors.ts';
import { DELIVERY_FIELDS } from './job/delivery-fields.ts';
import { limits } from './limits.ts';
import type { DeliveryOptions, SendInit } from './sendoff.ts';

/** A request as a caller meant it, before any door has checked it. */
export interface RequestInput {
  readonly url: string;
  /** Absent: GET without a body, POST with one. */
  readonly method?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Bytes up to `limits.inlineBodyBytes`, or any that were in memory already; else a stream. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null;
  /** Length of the body where it is known beforehand. */
  readonly bodyBytes?: number;
  readonly options: DeliveryOptions;
  readonly signal?: AbortSignal;
}

type Body = NonNullable<RequestInit['body']>;
export type HeaderPair = readonly [name: string, value: string];

const deliveryOptions: readonly (keyof DeliveryOptions)[] = DELIVERY_FIELDS;

const knownFields: ReadonlySet<string> = new Set([
  ...deliveryOptions,
  ...['url', 'method', 'headers', 'body', 'json', 'form', 'query', 'signal'],
  // Parts of fetch's init that say nothing about what is sent.
  ...['duplex', 'keepalive', 'mode', 'cache', 'credentials', 'referrerPolicy', 'window'],
]);

/** @throws SendoffError `unknown_field`, `invalid_field`, `invalid_json` */
export async function requestFrom(
  input: string | URL | Request,
  init: SendInit = {},
): Promise<RequestInput> {
  refuseUnknownFields(init, knownFields);
  const request = input instanceof Request ? input : undefined;
  const method = init.method ?? request?.method;
  const signal = init.signal ?? request?.signal;
  const headers = headerPairs(init.headers ?? request?.headers);
  const body = bodyOf(init) ?? request?.body ?? null;
  const encoded = body === null ? noBody : await encode(body);
  const needsType = encoded.type !== undefined && !hasContentType(headers);
  return {
    url: withQuery(request?.url ?? String(input), init.query),
    ...(method === undefined ? {} : { method }),
    headers: needsType ? [...headers, ['content-type', encoded.type]] : headers,
    body: encoded.body,
    ...(encoded.bodyBytes === undefined ? {} : { bodyBytes: encoded.bodyBytes }),
    options: optionsOf(init),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** What a caller who aborts `signal` gets from every verb that still waits. */
export function abortedError(signal: AbortSignal): SendoffError {
  return new SendoffError('aborted', 'The waiting was given up; what was handed over goes on', {
    cause: signal.reason,
  });
}

export function refuseUnknownFields(init: object, known: ReadonlySet<string>): void {
  for (const field of Object.keys(init)) {
    if (known.has(field)) continue;
    throw new SendoffError('unknown_field', `\`${field}\` is not an option of a request`, {
      field,
    });
  }
}

function optionsOf(init: SendInit): DeliveryOptions {
  const options: Record<string, unknown> = {};
  for (const name of deliveryOptions) {
    if (init[name] !== undefined) options[name] = init[name];
  }
  return options;
}

/** Pairs keep their order and spelling; `Headers` gives each `set-cookie` a line of its own. */
export function headerPairs(headers: RequestInit['headers']): HeaderPair[] {
  if (headers === undefined || headers === null) return [];
  if (Symbol.iterator in headers) {
    return Array.from(headers as Iterable<HeaderPair>, ([name, value]) => [name, String(value)]);
  }
  const pairs: HeaderPair[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    for (const line of Array.isArray(value) ? value : [value]) pairs.push([name, String(line)]);
  }
  return pairs;
}

export function hasContentType(headers: readonly HeaderPair[]): boolean {
  return headers.some(([name]) => name.toLowerCase() === 'content-type');
}

/** The query is added as text: what the URL has already stays as it was written. */
export function withQuery(url: string, query: SendInit['query']): string {
  if (query === undefined) return url;
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  const added = new URLSearchParams(pairs).toString();
  if (added === '') return url;
  const hashAt = url.indexOf('#');
  const base = hashAt === -1 ? url : url.slice(0, hashAt);
  const joint = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&';
  return base + joint + added + (hashAt === -1 ? '' : url.slice(hashAt));
}

export interface JsonBody {
  readonly json: string;
}

export function bodyOf(init: Pick<SendInit, 'body' | 'json' | 'form'>): Body | JsonBody | null {
  const given = (['body', 'json', 'form'] as const).filter((name) => (init[name] ?? null) !== null);
  // `json: null` is a document of its own.
  if (init.json === null) given.push('json');
  if (given.length > 1) {
    const both = given.join('` and `');
    const message = `Expected one of \`body\`, \`json\` and \`form\`, got \`${both}\``;
    throw new SendoffError('invalid_field', message, { field: given[1]! });
  }
  if (given[0] === 'json') return { json: jsonText(init.json) };
  if (given[0] === 'form') return formBody(init.form!);
  return init.body ?? null;
}

function jsonText(json: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(json);
  } catch (cause) {
    throw new SendoffError('invalid_json', `\`json\` cannot be written as JSON: ${cause}`, {
      field: 'json',
      cause,
    });
  }
  if (text !== undefined) return text;
  const message = `Expected \`json\` to be a JSON value, got \`${typeof json}\``;
  throw new SendoffError('invalid_json', message, { field: 'json' });
}

function formBody(form: NonNullable<SendInit['form']>): FormData | URLSearchParams {
  if (form instanceof FormData || form instanceof URLSearchParams) return form;
  const entries = Object.entries(form);
  const body = entries.some(([, value]) => value instanceof Blob)
    ? new FormData()
    : new URLSearchParams();
  for (const [name, value] of entries) {
    if (value instanceof Blob) (body as FormData).append(name, value);
    else body.append(name, String(value));
  }
  return body;
}

interface Encoded {
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null;
  readonly bodyBytes?: number;
  readonly type?: string;
}

const noBody: Encoded = { body: null };

async function encode(body: Body | JsonBody): Promise<Encoded> {
  if (typeof body === 'object' && 'json' in body) {
    return inMemory(Buffer.from(body.json), 'application/json');
  }
  if (typeof body === 'string') return inMemory(Buffer.from(body), 'text/plain;charset=UTF-8');
  if (body instanceof Uint8Array) return inMemory(body);
  const response = new Response(body as Body);
  const type = response.headers.get('content-type');
  const bytes = await bytesOrStream(response.body!);
  const size = bytes instanceof Uint8Array ? bytes.length : body instanceof Blob ? body.size : null;
  return {
    body: bytes,
    ...(size === null ? {} : { bodyBytes: size }),
    ...(type === null ? {} : { type }),
  };
}

function inMemory(body: Uint8Array, type?: string): Encoded {
  return { body, bodyBytes: body.length, ...(type === undefined ? {} : { type }) };
}

/** Reads only as far as is needed to know whether the body is small. */
async function bytesOrStream(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
  const reader = stream.getReader();
  const head: Uint8Array[] = [];
  let headBytes = 0;
  while (headBytes <= limits.inlineBodyBytes) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(head);
    head.push(value);
    headBytes += value.length;
  }
  return rest(head, reader);
}

async function* rest(
  head: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* head.splice(0);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Harmless at the end; tells the source when the reader gave up early.
    await reader.cancel();
  }
}
