// Headers that a caller wants to be sent. Node would send nearly anything; what would break the
// request apart, fight with our own framing, or pass for ours is refused here.

import type { ErrorCode } from '../errors.ts';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { HeaderLines } from './job.ts';
import { shown } from './shown.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Made by the connection, hop by hop or from the body; a caller's own would contradict it. */
const FRAMING = /^(?:host|content-length|expect)$/;
const HOP_BY_HOP =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|proxy-.*)$/;
/** Only attempts write these: a target trusts them. */
const OURS = /^(?:webhook|sendoff)-/;
const METHOD_CHARACTERS = 32;
/** Colon, space, CR and LF of one line. */
const LINE_EXTRA_BYTES = 4;

/**
 * Header lines for a target, as given but without white space around values. Any iterable of pairs
 * will do.
 *
 * @throws SendoffError `invalid_header_name`, `invalid_header_value`, `header_not_allowed`,
 *   `headers_too_large`
 */
export function checkHeaders(lines: Iterable<readonly [string, unknown]>): HeaderLines {
  const checked: [string, string][] = [];
  let bytes = 0;
  for (const [name, value] of lines) {
    checkName(name);
    const line: [string, string] = [name, checkValue(name, value)];
    bytes += name.length + line[1].length + LINE_EXTRA_BYTES;
    checked.push(line);
    if (checked.length > limits.headerLines || bytes > limits.targetHeaderBytes) throw tooLarge();
  }
  return checked;
}

/** A method in upper case. @throws SendoffError `invalid_method` */
export function checkMethod(value: unknown): string {
  if (typeof value === 'string' && value.length <= METHOD_CHARACTERS && TOKEN.test(value)) {
    const method = value.toUpperCase();
    if (method !== 'CONNECT' && method !== 'TRACE') return method;
  }
  const wanted = 'an HTTP method other than CONNECT and TRACE';
  throw new SendoffError(
    'invalid_method',
    `Expected \`method\` to be ${wanted}, got ${shown(value)}`,
    { field: 'method' },
  );
}

/** Speaks of one connection and is never passed on (RFC 9110 §7.6.1), either way. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.test(name.toLowerCase());
}

function checkName(name: unknown): void {
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    const got = `Expected a header name of letters, digits and hyphens, got ${shown(name)}`;
    throw refusal('invalid_header_name', got, shown(name));
  }
  const lower = name.toLowerCase();
  if (OURS.test(lower)) {
    throw refusal('header_not_allowed', `Header ${shown(name)} is written by sendoff alone`, name);
  }
  if (FRAMING.test(lower) || HOP_BY_HOP.test(lower)) {
    const why = 'belongs to the connection and cannot be chosen';
    throw refusal('header_not_allowed', `Header ${shown(name)} ${why}`, name);
  }
}

/** Values are never shown: they may be secrets. */
function checkValue(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    const got = Array.isArray(value) ? 'array' : typeof value;
    const message = `Expected header ${shown(name)} to be text, got ${got}`;
    throw refusal('invalid_header_value', message, name);
  }
  if (VALUE.test(value)) return /^[\t ]|[\t ]$/.test(value) ? trimmed(value) : value;
  const isControl = /[^\t\x20-\x7e\u0080-\uffff]/.test(value);
  const why = isControl
    ? 'without line breaks and control characters'
    : 'in characters up to U+00FF; percent-encode or base64 the others';
  throw refusal('invalid_header_value', `Expected header ${shown(name)} ${why}`, name);
}

/** By index, as an expression would take quadratic time in a long run of inner spaces. */
function trimmed(value: string): string {
  const isSpace = (at: number): boolean => value[at] === ' ' || value[at] === '\t';
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(start)) start++;
  while (end > start && isSpace(end - 1)) end--;
  return value.slice(start, end);
}

function tooLarge(): SendoffError {
  const most = `${limits.headerLines} lines and ${limits.targetHeaderBytes} bytes`;
  return refusal('headers_too_large', `Expected headers of at most ${most} together`, 'headers');
}

function refusal(code: ErrorCode, message: string, field: string): SendoffError {
  return new SendoffError(code, message, { field });
}
