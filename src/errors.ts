// One error type for every caller who is wrong, and for every store that cannot keep its promise.
// A target that fails is not an error but a result; our own bug is an assertion.

/** Every code a caller can meet. Stable: doors map them to HTTP statuses and exit codes. */
export type ErrorCode =
  // what was asked for is not understood
  | 'invalid_json'
  | 'invalid_json_type'
  | 'json_too_deep'
  | 'too_many_keys'
  | 'invalid_text'
  | 'number_out_of_range'
  | 'unknown_field'
  | 'unknown_parameter'
  | 'invalid_field'
  | 'invalid_base64'
  | 'invalid_id'
  | 'invalid_cursor'
  | 'invalid_limit'
  | 'invalid_duration'
  | 'delay_too_long'
  | 'invalid_instant'
  | 'invalid_url'
  | 'ambiguous_url'
  | 'url_credentials'
  | 'url_too_long'
  | 'invalid_host'
  | 'invalid_port'
  | 'scheme_not_allowed'
  | 'invalid_method'
  | 'invalid_header_name'
  | 'invalid_header_value'
  | 'header_not_allowed'
  | 'headers_too_large'
  | 'uri_too_long'
  | 'batch_too_large'
  | 'limit_reached'
  | 'fixed_value'
  | 'body_too_large'
  | 'body_incomplete'
  | 'request_timeout'
  | 'content_encoding_not_supported'
  | 'content_type_not_supported'
  | 'expectation_not_supported'
  | 'bad_request'
  // not allowed
  | 'target_not_allowed'
  | 'self_target'
  | 'unknown_command'
  | 'runner_disabled'
  | 'loop_detected'
  | 'unauthorized'
  | 'too_many_failures'
  | 'cross_site'
  | 'host_not_allowed'
  | 'proxy_needs_token'
  | 'origin_not_allowed'
  | 'rate_limited'
  | 'schema_violation'
  | 'ticket_needed'
  | 'ticket_invalid'
  | 'ticket_expired'
  | 'method_not_allowed'
  // nothing there, or not any more
  | 'not_found'
  | 'response_pruned'
  | 'no_response'
  | 'already_final'
  | 'already_running'
  | 'idempotency_mismatch'
  | 'idempotency_in_progress'
  // our side
  | 'busy'
  | 'stopping'
  | 'toss_full'
  | 'storage_full'
  | 'store_readonly'
  | 'store_locked'
  | 'store_unavailable'
  | 'not_a_sendoff_store'
  | 'store_too_new'
  | 'sqlite_too_old'
  | 'search_timeout'
  | 'owner_unresponsive'
  | 'unreachable'
  | 'listen_failed'
  | 'invalid_config'
  | 'closed'
  | 'aborted'
  | 'internal';

export interface ErrorDetails {
  /** The field, header or parameter that is wrong. */
  readonly field?: string;
  /** Position in a batch, counted from 0. */
  readonly index?: number;
  /** When trying again makes sense, milliseconds from now. */
  readonly retryAfterMs?: number;
  /** Whose bound is reached: `server`, `disk`, `token:<name>`. */
  readonly scope?: string;
  /** The job that the error speaks of. */
  readonly jobId?: string;
  readonly cause?: unknown;
}

/** What callers of sendoff catch. `code` is stable, `message` is for people. */
export class SendoffError extends Error {
  override readonly name = 'SendoffError';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly index: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly scope: string | undefined;
  readonly jobId: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.field = details.field;
    this.index = details.index;
    this.retryAfterMs = details.retryAfterMs;
    this.scope = details.scope;
    this.jobId = details.jobId;
  }
}

/** Our own invariants: a broken one fails this turn and leaves the job safe on disk. */
export function assert(claim: unknown, message: string): asserts claim {
  if (!claim) throw new Error(`Assertion failed: ${message}`);
}
