// The items of a bulk hand-over as they travel: as a line where that is possible, else by
// themselves.

import type { Clock } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { type RequestInput, requestFrom } from '../request-input.ts';
import type { SendInput } from '../sendoff.ts';
import type { Entry, Result } from './bulk.ts';
import { Unreachable } from './failure.ts';
import { handOver, jobJson } from './hand-over.ts';
import { isBusy, type Transport } from './transport.ts';

interface Context {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

export async function* entriesOf(
  items: Iterable<SendInput> | AsyncIterable<SendInput>,
  context: Context,
): AsyncGenerator<Entry> {
  for await (const { url, ...init } of items) {
    try {
      yield entryOf(await requestFrom(url, init), context);
    } catch (error) {
      if (!(error instanceof SendoffError)) throw error;
      yield { kind: 'refused', error };
    }
  }
}

function entryOf(request: RequestInput, context: Context): Entry {
  const freshId = context.clock.id();
  if (!isLine(request.body)) {
    return { kind: 'single', send: () => sendSingly(request, freshId, context) };
  }
  const { id } = request.options;
  const text = jobJson(request, id ?? freshId);
  return { kind: 'line', text, ...(id === undefined ? { freshId } : {}) };
}

function isLine(body: RequestInput['body']): boolean {
  return body === null || (body instanceof Uint8Array && body.length <= limits.clientLineBytes);
}

async function sendSingly(
  request: RequestInput,
  freshId: string,
  { transport, signal }: Context,
): Promise<Result> {
  try {
    const withSignal = signal === undefined ? request : { ...request, signal };
    const { id, duplicate, notes } = await handOver(transport, withSignal, freshId);
    return { id, ...(duplicate && { duplicate }), ...(notes && { notes }) };
  } catch (error) {
    if (!(error instanceof SendoffError)) throw error;
    const isRefusal = !endsAll.has(error.code) || isLost(error, request);
    if (isRefusal) return { code: error.code, detail: error.message };
    throw error;
  }
}

/**
 * A stream can be read once. Its item ends with the call that broke, as whoever called it again
 * would hand over what is left: nothing.
 */
function isLost(error: SendoffError, { body }: RequestInput): boolean {
  const isStream = body !== null && !(body instanceof Uint8Array);
  return isStream && (error instanceof Unreachable || isBusy(error));
}

/** These say nothing about the item, so they end the whole hand-over. */
const endsAll: ReadonlySet<string> = new Set(['unreachable', 'closed', 'aborted', 'unauthorized']);

/**
 * Lines of NDJSON that are jobs already, as they were written: numbers and spacing of a payload are
 * not touched. A line without an id gets one in front.
 */
export async function* rawEntries(
  lines: AsyncIterable<string>,
  clock: Clock,
): AsyncGenerator<Entry> {
  for await (const text of lines) yield rawEntry(text, clock);
}

function rawEntry(text: string, clock: Clock): Entry {
  const job = parsed(text);
  // What is no object, or has an id, is the server's to judge.
  if (typeof job !== 'object' || job === null || Array.isArray(job) || 'id' in job) {
    return { kind: 'line', text };
  }
  const freshId = clock.id();
  const rest = text.trimStart().slice(1);
  const comma = Object.keys(job).length === 0 ? '' : ',';
  return { kind: 'line', text: `{"id":"${freshId}"${comma}${rest}`, freshId };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
