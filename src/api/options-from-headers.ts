// Delivery options as headers, `Sendoff-Start-By: 2030-01-31T09:00:00Z`. They become the same
// fields that JSON has and are checked by the same code; here only the text is turned into numbers,
// lists and JSON.

import { SendoffError } from '../errors.ts';
import type { JobDocument } from '../job/json.ts';
import { nearestName } from '../job/known-field.ts';
import { shown } from '../job/shown.ts';
import type { Head } from './head.ts';

type Fields = Record<string, unknown>;

const text = (value: string): unknown => value;
const number = (value: string): unknown =>
  /^-?[0-9]+(\.[0-9]+)?$/.test(value) ? Number(value) : value;

type Read = (value: string) => unknown;

/** `part`: what is said of the queue or limit, beside its name. */
const options: ReadonlyMap<string, readonly [field: string, read: Read, part?: string]> = new Map<
  string,
  readonly [string, Read, string?]
>([
  ['sendoff-id', ['id', text]],
  ['sendoff-key', ['key', text]],
  ['sendoff-queue', ['queue', text]],
  ['sendoff-queue-concurrency', ['queue', number, 'concurrency']],
  ['sendoff-queue-rate', ['queue', text, 'rate']],
  ['sendoff-queue-burst', ['queue', number, 'burst']],
  ['sendoff-queue-order', ['queue', text, 'order']],
  ['sendoff-queue-on-failure', ['queue', text, 'onFailure']],
  ['sendoff-limit', ['limit', text]],
  ['sendoff-limit-concurrency', ['limit', number, 'concurrency']],
  ['sendoff-limit-rate', ['limit', text, 'rate']],
  ['sendoff-limit-burst', ['limit', number, 'burst']],
  ['sendoff-priority', ['priority', number]],
  ['sendoff-delay', ['delay', text]],
  ['sendoff-at', ['at', text]],
  ['sendoff-start-by', ['startBy', text]],
  ['sendoff-timeout', ['timeout', text]],
  ['sendoff-connect-timeout', ['connectTimeout', text]],
  ['sendoff-first-byte-timeout', ['firstByteTimeout', text]],
  ['sendoff-idle-timeout', ['idleTimeout', text]],
  ['sendoff-deadline', ['deadline', text]],
  ['sendoff-retries', ['retries', number]],
  ['sendoff-retry', ['retry', json('sendoff-retry')]],
  ['sendoff-delivery', ['delivery', text]],
  ['sendoff-env', ['env', json('sendoff-env')]],
  ['sendoff-tags', ['tags', list]],
  ['sendoff-keep', ['keep', keep]],
]);

/** Read elsewhere, or set by another sendoff whose target this one is. */
const others: ReadonlySet<string> = new Set([
  'sendoff-cookie',
  'sendoff-authorization',
  'sendoff-attempt',
]);

/** Adds every option of the head to `fields`. */
export function addOptions(fields: Fields, head: Head): void {
  const said = new Map<string, Fields>();
  for (const [name, value] of optionsOf(head)) {
    const option = options.get(name);
    if (option === undefined) throw unknown(name);
    const [field, read, part] = option;
    if (part !== undefined && !said.has(field)) said.set(field, {});
    const place = part === undefined ? fields : (said.get(field) as Fields);
    if (place[part ?? field] !== undefined) {
      throw new SendoffError('invalid_field', `Expected \`${name}\` once`, { field });
    }
    place[part ?? field] = read(asUtf8(value));
  }
  for (const [field, parts] of said) fields[field] = named(field, fields[field], parts);
  addKey(fields, head);
}

/** A queue or limit with what is said of it. A job has a queue of its own, but no limit. */
function named(field: string, name: unknown, parts: Fields): Fields {
  if (field === 'queue') return name === undefined ? parts : { name, ...parts };
  if (name !== undefined) return { key: name, ...parts };
  const detail = 'Expected `sendoff-limit`, the key of the limit, beside what is said of it';
  throw new SendoffError('invalid_field', detail, { field });
}

/** A job in JSON with the key of the request that brought it alone. */
export function withKey(document: JobDocument, head: Head): JobDocument {
  if (head.idempotencyKey === undefined) return document;
  const fields = { ...document.fields };
  addKey(fields, head);
  return { ...document, fields };
}

/** The one option that a toss has. */
export function timeoutOption(head: Head): string | undefined {
  let timeout: string | undefined;
  for (const [name, value] of optionsOf(head)) {
    if (name !== 'sendoff-timeout' || timeout !== undefined) {
      const detail = `Expected at most one option, \`sendoff-timeout\`, got ${shown(name)}`;
      throw new SendoffError('unknown_field', detail, { field: shown(name).slice(1, -1) });
    }
    timeout = value;
  }
  return timeout;
}

/**
 * The lines that are options. An attempt of another sendoff brings the time that it has left, in
 * milliseconds without a unit, which no option is.
 */
function optionsOf({ options: lines = [] }: Head): readonly (readonly [string, string])[] {
  const isAttempt = lines.some(([name]) => name === 'sendoff-attempt');
  return lines.filter(([name, value]) => {
    const isTimeLeft = isAttempt && name === 'sendoff-deadline' && /^\d+$/.test(value);
    return !others.has(name) && !isTimeLeft;
  });
}

/** The standard `Idempotency-Key` is the key, unless an option says the same. */
function addKey(fields: Fields, { idempotencyKey }: Head): void {
  if (idempotencyKey === undefined) return;
  const key = asUtf8(idempotencyKey);
  if (fields.key !== undefined && fields.key !== key) {
    const detail = 'Expected one key, got another in `idempotency-key`';
    throw new SendoffError('invalid_field', detail, { field: 'key' });
  }
  fields.key = key;
}

/** Options of JSON routes stand in the JSON; one in a header would be lost without a word. */
export function refuseOptions(head: Head): void {
  const name = optionsOf(head)[0]?.[0];
  if (name === undefined) return;
  const detail = `Expected options in the JSON, got the header \`${shown(name).slice(1, -1)}\``;
  throw new SendoffError('unknown_field', detail, { field: name });
}

function json(name: string): (value: string) => unknown {
  return (value) => {
    try {
      return JSON.parse(value);
    } catch {
      const field = name.slice('sendoff-'.length);
      throw new SendoffError('invalid_json', `Expected \`${name}\` to be JSON`, { field });
    }
  };
}

/** A time, or JSON that tells the job's from the answer's. */
function keep(value: string): unknown {
  return value.startsWith('{') ? json('sendoff-keep')(value) : value;
}

function list(value: string): unknown {
  return value.split(',').map((item) => item.trim());
}

/** Header bytes come as Latin-1; most senders mean UTF-8. */
function asUtf8(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  const decoded = bytes.toString();
  return decoded.includes('\ufffd') ? value : decoded;
}

function unknown(name: string): SendoffError {
  const near = nearestName(name, options.keys());
  const hint = near === undefined ? '' : `; did you mean \`${near}\`?`;
  return new SendoffError('unknown_field', `Unknown option ${shown(name)}${hint}`, { field: name });
}
