// A publishable route: what a page may do that holds nothing but a public key. The operator fixes
// everything that could be abused (target, method, headers, pace); the page chooses a body and an
// id. A public key is no secret, so nothing here relies on it alone.

import { hash } from 'node:crypto';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Judge, judgeOf } from './body-schema.ts';
import type { LimitValues, QueueValues } from './budget-values.ts';
import type { CheckedJob } from './checked.ts';
import { checkFields } from './known-field.ts';
import { checkJob } from './options.ts';
import { shown } from './shown.ts';
import { checkWhole } from './text.ts';

/** What a page learns of the target's answer. */
export type RouteAnswer = 'none' | 'status' | 'body';

/** One entry of the section `routes`; its name is the one in `/v1/routes/{name}`. */
export interface PublishableRoute {
  /** Public key that pages show: `pk_` and 8 to 128 letters, digits, `_` or `-`. */
  readonly key: string;
  /** The target; pages cannot change it. */
  readonly url: string;
  /** @default 'POST' */
  readonly method?: string;
  /** Sent with every request; secrets for the target belong here. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Exact origins of the pages that may use it, such as `https://shop.example`. */
  readonly origins: readonly string[];
  /** Largest body, bytes. @default 16384 */
  readonly bodyBytes?: number;
  /** JSON Schema of the body, which then must be JSON. @default any body */
  readonly schema?: object;
  /** Per address: so many at once, and as many each minute after that. @default 60 */
  readonly ratePerMinute?: number;
  /** Each hand-over needs a ticket that your own server has asked for. @default false */
  readonly tickets?: boolean;
  /** What pages learn of the target's answer. @default 'status' */
  readonly answer?: RouteAnswer;
  /** Delivery, as for any job. */
  readonly queue?: string | (QueueValues & { readonly name?: string });
  readonly limit?: string | (LimitValues & { readonly key: string });
  readonly priority?: number;
  readonly delay?: number | string;
  readonly timeout?: number | string;
  readonly connectTimeout?: number | string;
  readonly firstByteTimeout?: number | string;
  readonly idleTimeout?: number | string;
  readonly deadline?: number | string;
  readonly retries?: number;
  readonly retry?: object;
  readonly delivery?: 'at-least-once' | 'at-most-once';
  readonly tags?: readonly string[];
}

/** A route that has been checked. */
export interface CheckedRoute {
  readonly name: string;
  readonly keyHash: Uint8Array;
  readonly origins: ReadonlySet<string>;
  readonly bodyBytes: number;
  /** Says what is wrong with a body; absent: any body will do. */
  readonly judge?: Judge;
  readonly ratePerMinute: number;
  readonly tickets: boolean;
  readonly answer: RouteAnswer;
  /** The job that a page's request becomes. */
  readonly job: (request: RouteRequest) => CheckedJob;
}

/** All that a page chooses, beside the body. */
export interface RouteRequest {
  readonly id: string | undefined;
  readonly contentType: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** By name. */
export type Routes = ReadonlyMap<string, CheckedRoute>;

const DELIVERY = [
  ...(['queue', 'limit', 'priority', 'delay', 'timeout', 'deadline', 'retries', 'retry'] as const),
  ...(['connectTimeout', 'firstByteTimeout', 'idleTimeout', 'delivery', 'tags'] as const),
  'keep' as const,
];
const FIELDS: ReadonlySet<string> = new Set([
  ...['key', 'url', 'method', 'headers', 'origins', 'bodyBytes', 'schema', 'ratePerMinute'],
  ...['tickets', 'answer'],
  ...DELIVERY,
]);
const NAME = /^[A-Za-z0-9][\w-]{0,63}$/;
const KEY = /^pk_[\w-]{8,128}$/;

/**
 * Checks the section `routes`.
 *
 * @throws SendoffError `unknown_field`, `invalid_field`, or what is wrong with the job's fields,
 *   with the path of the field
 */
export function checkRoutes(value: unknown, path: string): Routes {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const routes = checkFields(value, new Set(names), path);
  return new Map(names.map((name) => [name, checkRoute(routes[name], name, path)]));
}

function checkRoute(value: unknown, name: string, section: string): CheckedRoute {
  const path = `${section}.${name}`;
  if (!NAME.test(name)) throw invalid(path, 'named by letters, digits, `_` and `-`', name);
  const fields = checkFields(value, FIELDS, path);
  const { bodyBytes, schema, ratePerMinute, tickets = false, answer = 'status' } = fields;
  if (typeof tickets !== 'boolean') throw invalid(`${path}.tickets`, 'true or false', tickets);
  if (!isAnswer(answer)) throw invalid(`${path}.answer`, "'none', 'status' or 'body'", answer);
  const most = limits.routeBodyBytesMost;
  return {
    ...{ name, tickets, answer },
    keyHash: hash('sha256', checkKey(fields.key, `${path}.key`), 'buffer'),
    origins: checkOrigins(fields.origins, `${path}.origins`),
    bodyBytes: checkNumber(bodyBytes ?? limits.routeBodyBytes, `${path}.bodyBytes`, most),
    ratePerMinute: checkNumber(
      ratePerMinute ?? limits.routeRatePerMinute,
      `${path}.ratePerMinute`,
      limits.routeRateMost,
    ),
    ...(schema !== undefined && { judge: judgeOf(schema, `${path}.schema`) }),
    job: jobMaker(fields, { name, path }),
  };
}

function checkNumber(value: unknown, field: string, most: number): number {
  return checkWhole(value, { field, least: 1, most });
}

function isAnswer(value: unknown): value is RouteAnswer {
  return value === 'none' || value === 'status' || value === 'body';
}

function checkKey(value: unknown, field: string): string {
  if (typeof value === 'string' && KEY.test(value)) return value;
  throw invalid(field, '`pk_` and 8 to 128 letters, digits, `_` or `-`', value);
}

function checkOrigins(value: unknown, field: string): ReadonlySet<string> {
  if (!Array.isArray(value) || value.length === 0 || value.length > limits.routeOrigins) {
    throw invalid(field, `a list of 1 to ${limits.routeOrigins} origins`, value);
  }
  return new Set(value.map((origin: unknown, index) => checkOrigin(origin, `${field}[${index}]`)));
}

/** As a browser writes it: no path, no default port, in lower case. */
function checkOrigin(value: unknown, field: string): string {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  const isExact = url !== null && /^https?:$/.test(url.protocol) && url.origin === value;
  if (isExact) return url.origin;
  throw invalid(field, 'an exact origin such as `https://shop.example`', value);
}

/** Everything that is fixed is tried once now, so that a mistake is told at the start. */
function jobMaker(
  fields: Record<string, unknown>,
  { name, path }: { readonly name: string; readonly path: string },
): CheckedRoute['job'] {
  const { url, method = 'POST', headers = {} } = fields;
  const lines = Object.entries(checkFields(headers, namesOf(headers), `${path}.headers`));
  const hasType = lines.some(([name]) => name.toLowerCase() === 'content-type');
  const delivery = Object.fromEntries(DELIVERY.map((name) => [name, fields[name]]));
  const fixed = { ...delivery, url, method };
  const job: CheckedRoute['job'] = ({ id, contentType, now }) => {
    const type = contentType === undefined || hasType ? [] : [['content-type', contentType]];
    const input = { ...fixed, id, headers: [...lines, ...type] };
    const checked = checkJob(input, { now, hasBody: true });
    return { ...checked, spec: { ...checked.spec, route: name } };
  };
  try {
    job({ id: undefined, contentType: undefined, now: 0 });
  } catch (error) {
    throw error instanceof SendoffError ? placed(error, path) : error;
  }
  return job;
}

function namesOf(value: unknown): ReadonlySet<string> {
  return new Set(typeof value === 'object' && value !== null ? Object.keys(value) : []);
}

/** Messages of a job's check name the field; here they say of which route. */
function placed({ code, message, field, cause }: SendoffError, path: string): SendoffError {
  const where = field === undefined ? path : `${path}.${field}`;
  return new SendoffError(code, `${path}: ${message}`, { field: where, cause });
}

function invalid(field: string, wanted: string, value: unknown): SendoffError {
  const detail = `Expected \`${field}\` to be ${wanted}, got ${shown(value)}`;
  return new SendoffError('invalid_field', detail, { field });
}
