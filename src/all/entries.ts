// The arguments of `all`, understood: the requests in their order under their keys, and how long
// anybody waits for them. Everything that is wrong is refused before anything is sent.

import { SendoffError } from '../errors.ts';
import type { AllOptions, GroupRequest, GroupRequests } from '../group.ts';
import { inRequest, withDefaults } from '../job/default-options.ts';
import { DELIVERY_FIELDS } from '../job/delivery-fields.ts';
import { parseDuration } from '../job/duration.ts';
import { checkFields, isPlainObject } from '../job/known-field.ts';
import { shown } from '../job/shown.ts';
import { checkWhole } from '../job/text.ts';
import { limits } from '../limits.ts';
import { type RequestInput, requestFrom } from '../request-input.ts';
import type { DeliveryOptions } from '../send-input.ts';

export interface Entry {
  readonly key: string | number;
  readonly request: RequestInput;
}

export interface Waiting {
  /** Absent: as long as it takes. */
  readonly waitMs: number | undefined;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

const CONCURRENCY = 100;

const known: ReadonlySet<string> = new Set([
  ...DELIVERY_FIELDS,
  ...['wait', 'durable', 'concurrency', 'signal'],
]);
/** What speaks of the group, or of one request alone. */
const notDefaults = ['id', 'key', 'wait', 'durable', 'concurrency', 'signal'];

/** @throws SendoffError `unknown_field`, `invalid_field`, `invalid_duration`, … */
export function checkWaiting(options: AllOptions): Waiting {
  checkFields(options, known, '');
  const { wait, concurrency, signal, durable = true } = options;
  refuse('key' in options, 'key', 'in each request: one key cannot stand for several');
  refuse(durable && concurrency !== undefined, 'concurrency', 'only with `durable: false`');
  refuse(!durable && options.id !== undefined, 'id', 'only without `durable: false`');
  const span = { field: 'concurrency', least: 1, most: limits.groupRequests };
  return {
    waitMs: wait === undefined ? undefined : parseDuration(wait, { field: 'wait' }),
    concurrency: concurrency === undefined ? CONCURRENCY : checkWhole(concurrency, span),
    signal,
  };
}

function refuse(isWrong: boolean, field: string, where: string): void {
  if (!isWrong) return;
  throw new SendoffError('invalid_field', `Expected \`${field}\` ${where}`, { field });
}

/** The requests in their order; a list counts from 0. */
export async function entriesOf(requests: GroupRequests, options: AllOptions): Promise<Entry[]> {
  const all = listed(requests);
  if (all.length > limits.groupRequests) {
    const message = `Expected at most ${limits.groupRequests} requests, got ${all.length}`;
    throw new SendoffError('batch_too_large', message, { field: 'requests' });
  }
  const defaults: Record<string, unknown> = { ...options };
  for (const name of notDefaults) delete defaults[name];
  const entries: Entry[] = [];
  for (const [key, given] of all) {
    try {
      entries.push({ key, request: await inputOf(given, defaults) });
    } catch (error) {
      throw inRequest(error, key);
    }
  }
  return entries;
}

function listed(requests: GroupRequests): readonly (readonly [string | number, GroupRequest])[] {
  if (Array.isArray(requests)) return [...(requests as readonly GroupRequest[]).entries()];
  if (isPlainObject(requests)) return Object.entries(requests as Record<string, GroupRequest>);
  const message = `Expected \`requests\` to be an object or a list, got ${shown(requests)}`;
  throw new SendoffError('invalid_field', message, { field: 'requests' });
}

const nothing = { headers: [], body: null } as const;

async function inputOf(
  given: GroupRequest,
  defaults: Record<string, unknown>,
): Promise<RequestInput> {
  // Most requests are a URL and nothing else.
  if (typeof given === 'string') return { url: given, ...nothing, options: defaults };
  if (given instanceof URL) return { url: given.href, ...nothing, options: defaults };
  const request = given instanceof Request ? await requestFrom(given) : await fromInit(given);
  const own = request.options as Record<string, unknown>;
  return { ...request, options: withDefaults(defaults, own) as DeliveryOptions };
}

function fromInit(given: Exclude<GroupRequest, string | URL | Request>): Promise<RequestInput> {
  if (!isPlainObject(given)) {
    const message = `Expected a URL, a Request or an object with \`url\`, got ${shown(given)}`;
    throw new SendoffError('invalid_field', message);
  }
  const { url, ...init } = given;
  return requestFrom(url as string | URL, init);
}
