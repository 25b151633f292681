// Errors as callers see them: RFC 9457 problem details with a stable `code`. One table says which
// status a code has. What is not a SendoffError is our own bug: strangers see "Internal error" and
// a request id, the log has the rest.

import { STATUS_CODES } from 'node:http';
import { type ErrorCode, type ErrorDetails, SendoffError } from '../errors.ts';
import type { ApiOptions } from './context.ts';

const statuses: Readonly<Record<ErrorCode, number>> = {
  invalid_json: 400,
  invalid_json_type: 400,
  json_too_deep: 400,
  too_many_keys: 400,
  invalid_text: 400,
  number_out_of_range: 400,
  unknown_field: 400,
  unknown_parameter: 400,
  invalid_field: 400,
  invalid_base64: 400,
  invalid_id: 400,
  invalid_cursor: 400,
  invalid_limit: 400,
  invalid_duration: 400,
  delay_too_long: 400,
  invalid_instant: 400,
  invalid_url: 400,
  ambiguous_url: 400,
  url_credentials: 400,
  url_too_long: 400,
  invalid_host: 400,
  invalid_port: 400,
  scheme_not_allowed: 400,
  invalid_method: 400,
  invalid_header_name: 400,
  invalid_header_value: 400,
  header_not_allowed: 400,
  headers_too_large: 400,
  uri_too_long: 414,
  limit_reached: 422,
  fixed_value: 409,
  batch_too_large: 400,
  body_too_large: 413,
  body_incomplete: 400,
  request_timeout: 408,
  content_encoding_not_supported: 415,
  content_type_not_supported: 415,
  expectation_not_supported: 417,
  bad_request: 400,
  target_not_allowed: 422,
  self_target: 422,
  unknown_command: 422,
  runner_disabled: 403,
  loop_detected: 422,
  unauthorized: 401,
  too_many_failures: 429,
  cross_site: 403,
  host_not_allowed: 421,
  proxy_needs_token: 403,
  origin_not_allowed: 403,
  rate_limited: 429,
  schema_violation: 422,
  ticket_needed: 403,
  ticket_invalid: 403,
  ticket_expired: 403,
  method_not_allowed: 405,
  not_found: 404,
  response_pruned: 410,
  no_response: 502,
  already_final: 409,
  already_running: 409,
  idempotency_mismatch: 422,
  idempotency_in_progress: 409,
  busy: 503,
  stopping: 503,
  toss_full: 503,
  storage_full: 507,
  store_readonly: 503,
  store_locked: 503,
  store_unavailable: 503,
  not_a_sendoff_store: 503,
  store_too_new: 503,
  sqlite_too_old: 503,
  search_timeout: 503,
  owner_unresponsive: 503,
  unreachable: 503,
  listen_failed: 500,
  invalid_config: 500,
  closed: 503,
  aborted: 503,
  internal: 500,
};

/** How long a caller should wait before it asks again, where the error does not say. */
const RETRY_AFTER_MS = 1_000;
const retriable: ReadonlySet<number> = new Set([429, 503, 507]);

/** An answer that tells of an error. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error with headers of its own beside those that its code has. */
export class RefusedError extends SendoffError {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    answer: ErrorDetails & {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ) {
    super(code, message, answer);
    this.status = answer.status;
    this.headers = answer.headers ?? {};
  }
}

export function problemOf(error: unknown, options: Pick<ApiOptions, 'clock' | 'log'>): Problem {
  if (!(error instanceof SendoffError)) return internalProblem(error, options);
  const refused = error instanceof RefusedError ? error : undefined;
  const status = refused?.status ?? statuses[error.code];
  const headers: Record<string, string> = { ...jsonHeaders, ...refused?.headers };
  const waitMs = error.retryAfterMs ?? (retriable.has(status) ? RETRY_AFTER_MS : undefined);
  if (waitMs !== undefined) headers['retry-after'] = secondsText(waitMs);
  return { status, headers, body: problemBody(status, error) };
}

export function statusOf(code: ErrorCode): number {
  return statuses[code];
}

/** As `Retry-After` has it. */
export function secondsText(waitMs: number): string {
  return String(Math.max(1, Math.ceil(waitMs / 1_000)));
}

function problemBody(status: number, error: SendoffError): string {
  return JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    field: error.field,
    index: error.index,
    job: error.jobId,
    scope: error.scope,
  });
}

function internalProblem(error: unknown, options: Pick<ApiOptions, 'clock' | 'log'>): Problem {
  const request = reportFault(error, options);
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[500],
    status: 500,
    detail: 'Internal error',
    code: 'internal',
    request,
  };
  return { status: 500, headers: jsonHeaders, body: JSON.stringify(body) };
}

/** Logs what strangers must not see; the id under which it is found. */
export function reportFault(
  error: unknown,
  { clock, log }: Pick<ApiOptions, 'clock' | 'log'>,
): string {
  const request = clock.id();
  log('error', 'A request failed by a fault of our own', { request, err: error });
  return request;
}

export const jsonHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};
