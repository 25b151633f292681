// Why an attempt brought no answer: what sockets, TLS, undici and its parser throw, as one stable
// code and one sentence. Sentences are shown to people, so they name the host but never the path,
// headers or bodies.

import type { AttemptErrorCode } from '../job/attempt-error.ts';

/** An error whose code is known where it is thrown. */
export class AttemptError extends Error {
  readonly failure: AttemptErrorCode;

  constructor(failure: AttemptErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.failure = failure;
  }
}

/** Failures that no later try can mend. */
const finalFailures: ReadonlySet<AttemptErrorCode> = new Set([
  'address_not_allowed',
  'self_target',
  'body_lost',
  'invalid_request',
]);

export function isFinalFailure(failure: AttemptErrorCode): boolean {
  return finalFailures.has(failure);
}

const byCode: Readonly<Record<string, readonly [AttemptErrorCode, string]>> = {
  ECONNREFUSED: ['refused', 'The target refused the connection'],
  ECONNRESET: ['reset', 'The target reset the connection'],
  ECONNABORTED: ['reset', 'The connection was aborted'],
  EPIPE: ['reset', 'The target had closed the connection while the request was written'],
  ETIMEDOUT: ['unreachable', 'The target fell silent and the network gave the connection up'],
  EHOSTUNREACH: ['unreachable', 'There is no way to the target'],
  ENETUNREACH: ['unreachable', 'There is no way to the network of the target'],
  EHOSTDOWN: ['unreachable', 'The target is down'],
  ENETDOWN: ['unreachable', 'The network of this machine is down'],
  EADDRNOTAVAIL: ['unreachable', 'This machine has no free local port for the connection'],
  EMFILE: ['unreachable', 'This process has too many open files for another connection'],
  ENFILE: ['unreachable', 'This machine has too many open files for another connection'],
  UND_ERR_SOCKET: ['closed', 'The target closed the connection before it had answered in full'],
  UND_ERR_HEADERS_OVERFLOW: ['response_headers_too_large', 'The response headers are too large'],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['bad_response', 'The response contradicts its own length'],
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: ['body_lost', 'The kept body has not its full length'],
  UND_ERR_INVALID_ARG: ['invalid_request', 'The request cannot be written as HTTP/1.1'],
  UND_ERR_NOT_SUPPORTED: ['invalid_request', 'The request cannot be written as HTTP/1.1'],
  UND_ERR_DESTROYED: ['aborted', 'The deliverer was closed'],
  UND_ERR_CLOSED: ['aborted', 'The deliverer was closed'],
};

/** Whatever was thrown during an attempt, with its code. */
export function toAttemptError(error: unknown): AttemptError {
  if (error instanceof AttemptError) return error;
  const { name, code, message } = describe(error);
  // undici names both with one code: the words alone tell junk from a hang-up.
  if (code === 'UND_ERR_SOCKET' && message.startsWith('bad ')) {
    return new AttemptError(
      'bad_response',
      `The target sent a response out of turn (${message})`,
      error,
    );
  }
  const known = byCode[code];
  if (known) return new AttemptError(known[0], known[1], error);
  // The parser's errors come without a code of theirs; an assertion is undici's about what it
  // parsed.
  if (name === 'HTTPParserError') return new AttemptError('bad_response', message, error);
  if (code === 'ERR_ASSERTION') {
    return new AttemptError('bad_response', 'The target does not answer in HTTP/1.1', error);
  }
  return new AttemptError('closed', `The connection failed: ${code || message}`, error);
}

/** What failed before the connection stood; `isSecuring` once TCP stood and TLS did not yet. */
export function toConnectError(error: unknown, isSecuring: boolean): AttemptError {
  if (error instanceof AttemptError) return error;
  const { code, message } = describe(error);
  if (code === 'ETIMEDOUT') {
    return new AttemptError('connect_timeout', 'No address answered in time', error);
  }
  if (isSecuring && !byCode[code]) {
    return new AttemptError('tls_invalid', `The TLS handshake failed: ${message} (${code})`, error);
  }
  const known = byCode[code];
  if (known) return new AttemptError(known[0], known[1], error);
  return new AttemptError(
    'unreachable',
    `The connection could not be made: ${code || message}`,
    error,
  );
}

/** What an error tells; of several errors the one that tells most, which is the last. */
function describe(error: unknown): { name: string; code: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return describe(error.errors.at(-1));
  }
  if (!(error instanceof Error)) return { name: '', code: '', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { name: error.name, code, message: error.message };
}
