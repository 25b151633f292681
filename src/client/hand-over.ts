// Hands one job over. A small body travels in JSON, which can say everything exactly; a large one
// goes through the pass-through, streamed. Headers mean the same either way: what the pass-through
// would take for itself goes in JSON after all, or is refused. The job has its id before it leaves,
// so that a cut connection is repeated without a second job.

import { SendoffError } from '../errors.ts';
import { checkHeaders } from '../job/header.ts';
import { limits } from '../limits.ts';
import type { RequestInput } from '../request-input.ts';
import type { DeliveryOptions, Receipt } from '../sendoff.ts';
import type { Call, Transport } from './transport.ts';

export async function handOver(
  transport: Transport,
  request: RequestInput,
  freshId: string,
): Promise<Receipt> {
  const id = request.options.id ?? freshId;
  const call = needsJson(request) ? jsonCall(request, id) : passThroughCall(request, id);
  const answer = await transport.ask({ ...call, isRepeatable: true, signal: request.signal });
  const receipt = (await transport.read(answer.body, request.signal)) as Receipt;
  // Only our own repetition can find an id that we have just made.
  const isOurs = request.options.id === undefined && receipt.id === id;
  return isOurs ? { ...receipt, duplicate: false } : receipt;
}

function needsJson({ body, headers }: RequestInput): boolean {
  if (body === null) return true;
  if (!(body instanceof Uint8Array)) return false;
  // The pass-through would take this line for the job's own key.
  const most = headers.some(isKeyLine) ? limits.requestBodyBytes : limits.inlineBodyBytes;
  return body.length <= most;
}

function isKeyLine([name]: readonly [string, string]): boolean {
  return name.toLowerCase() === 'idempotency-key';
}

function jsonCall(request: RequestInput, id: string): Call {
  return {
    method: 'POST',
    path: '/v1/jobs',
    headers: ['content-type', 'application/json'],
    body: jobJson(request, id),
  };
}

/** A job as the server's JSON has it; its body must be in memory. */
export function jobJson(request: RequestInput, id: string): string {
  return JSON.stringify({ ...jobFields(request), id });
}

/** The same as an object. */
export function jobFields({ url, method, headers, body, options }: RequestInput): object {
  const bodyBase64 =
    body instanceof Uint8Array
      ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64')
      : undefined;
  return { url, method, headers, bodyBase64, ...options };
}

function passThroughCall(request: RequestInput, id: string): Call {
  const method = (request.method ?? 'POST').toUpperCase();
  if (method === 'HEAD') {
    const message =
      'Expected `method` to be one whose answer has a body, got `HEAD` with a large body';
    throw new SendoffError('invalid_method', message, { field: 'method' });
  }
  const length = request.bodyBytes === undefined ? [] : ['content-length', `${request.bodyBytes}`];
  return {
    method,
    path: `/v1/to?url=${encodeURIComponent(request.url)}`,
    headers: [...length, ...headerLines(request), ...optionLines(request.options, id)],
    body: request.body as Uint8Array | AsyncIterable<Uint8Array>,
    tokenHeader: 'sendoff-token',
  };
}

/** The pass-through keeps these for itself or drops them: they would not reach the target. */
const notPassed: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'host'],
  ...['content-length', 'expect', 'origin', 'referer', 'forwarded', 'x-real-ip', 'via', 'prefer'],
]);
const notPassedPrefix = /^(proxy-|sec-|x-forwarded-|sendoff-)/;

const renamed: ReadonlyMap<string, string> = new Map([
  ['cookie', 'sendoff-cookie'],
  ['authorization', 'sendoff-authorization'],
]);

function headerLines({ headers }: RequestInput): string[] {
  if (headers.some(isKeyLine)) {
    const instead = 'give it as `key`, or give the body as bytes in memory';
    const message = `Header \`idempotency-key\` cannot go with a streamed body: ${instead}`;
    throw new SendoffError('header_not_allowed', message, { field: 'headers' });
  }
  // A server refuses the same beside a small body; through the pass-through some would slip by.
  return checkHeaders(headers).flatMap((line) =>
    passedLine(line, `a body above ${limits.inlineBodyBytes} bytes`),
  );
}

/**
 * A line as the pass-through takes it.
 *
 * @param what is handed over, for the message
 * @throws SendoffError `header_not_allowed` for one that would not reach the target
 */
export function passedLine(
  [name, value]: readonly [string, string],
  what: string,
): [string, string] {
  const lowerCase = name.toLowerCase();
  if (notPassed.has(lowerCase) || notPassedPrefix.test(lowerCase)) {
    const message = `Header \`${name}\` cannot go with ${what}`;
    throw new SendoffError('header_not_allowed', message, { field: 'headers' });
  }
  return [renamed.get(lowerCase) ?? name, value];
}

/** Delivery options as headers. */
export function optionLines(options: DeliveryOptions, id: string): string[] {
  const { retry, tags, startBy, at, queue, limit, keep, ...plain } = options;
  const lines: string[] = [];
  const add = (name: string, value: unknown): void => {
    if (value !== undefined) lines.push(`sendoff-${name}`, headerText(String(value)));
  };
  for (const [name, value] of Object.entries({ ...plain, id })) {
    add(headerName(name), withUnit(name, value));
  }
  for (const [name, value] of [...said('queue', queue), ...said('limit', limit)]) add(name, value);
  add('start-by', instant(startBy));
  add('at', instant(at));
  if (retry !== undefined) add('retry', JSON.stringify(retry));
  const keepText = typeof keep === 'object' ? JSON.stringify(keep) : withUnit('keep', keep);
  add('keep', keepText);
  if (tags !== undefined) add('tags', tags.map(listItem).join(','));
  return lines;
}

/** A queue or limit: its name, and what is said of it as `queue-on-failure`. */
function said(option: 'queue' | 'limit', value: string | object | undefined): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[option, value]];
  const isName = (field: string): boolean => field === (option === 'queue' ? 'name' : 'key');
  return Object.entries(value).map(([field, one]) => {
    return [isName(field) ? option : `${option}-${headerName(field)}`, one];
  });
}

/** `connectTimeout` is `connect-timeout`. */
function headerName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The server reads its own headers as UTF-8; the wire takes one character for each byte. */
function headerText(value: string): string {
  return Buffer.from(value).toString('latin1');
}

function listItem(tag: string): string {
  if (!tag.includes(',')) return tag;
  const message =
    'Expected `tags` without commas, as they go with a large body, got one with a comma';
  throw new SendoffError('invalid_field', message, { field: 'tags' });
}

/** In a header a duration needs its unit. */
function withUnit(name: string, value: unknown): unknown {
  const isDuration = /^(delay|deadline|keep)$|timeout$/i.test(name);
  return isDuration && typeof value === 'number' ? `${value}ms` : value;
}

function instant(value: string | number | Date | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  const date = new Date(value);
  // What is no instant goes as it is, for the server to refuse it by its name.
  return Number.isNaN(date.getTime()) ? String(value) : date.toISOString();
}
