// One pass over JSON text before it is parsed: how deep, how many keys, and where the payload
// stands.
//
// The payload of a job (its member `json`) must reach the target as it was written: numbers that no
// double can hold, repeated keys and spacing included. No parser gives that back, so its place in
// the text is found here. The pass does not validate; that is JSON.parse's work, which comes after
// it on the same text. What is said here of text that turns out to be no JSON has no meaning, but
// never costs more than its length.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';

/** The source text of the member `json` of one job. */
export interface Payload {
  /** Place of the job in an array, 0 if there is none. */
  readonly index: number;
  readonly text: string;
}

/** In an array of jobs each one may have this many more keys: all its fields and headers. */
const KEYS_PER_JOB = 128;
const SCALAR = /[^\s,\]}]*/y;
export const SPACE: RegExp = /[ \t\r\n]*/y;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Depth and number of keys of any JSON text; gives the number of keys.
 *
 * @throws SendoffError `json_too_deep`, `too_many_keys`
 */
export function scanJson(text: string): number {
  return scan(text, { memberDepth: 0 }).keys;
}

/**
 * The same for a job or an array of jobs, with their payloads. Keys inside payloads are not
 * counted.
 *
 * @throws SendoffError `json_too_deep`, `too_many_keys`, `batch_too_large`
 */
export function scanJobs(text: string): readonly Payload[] {
  const isArray = text.charCodeAt(skip(SPACE, text, 0)) === OPEN_ARRAY;
  return scan(text, { memberDepth: isArray ? 2 : 1 }).payloads;
}

interface Scanned {
  readonly payloads: Payload[];
  readonly keys: number;
}

/**
 * `memberDepth` is where a member `json` is a payload: 1 in a job, 2 in an array of jobs, 0
 * nowhere.
 */
function scan(text: string, { memberDepth }: { readonly memberDepth: number }): Scanned {
  const payloads: Payload[] = [];
  let depth = 0;
  let keys = 0;
  let index = 0;
  let stringAt = 0;
  let stringEnd = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        stringAt = at;
        stringEnd = endOfString(text, at);
        at = stringEnd - 1;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++depth > limits.jsonDepth) throw tooDeep();
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        if (depth === 1 && memberDepth === 2 && ++index >= limits.jobsPerArray) throw tooMany();
        break;
      case COLON:
        if (++keys > limits.jsonKeys + index * KEYS_PER_JOB) throw tooManyKeys();
        if (depth === memberDepth && isPayloadKey(text.slice(stringAt, stringEnd))) {
          const start = skip(SPACE, text, at + 1);
          const end = endOfValue(text, start, depth);
          payloads.push({ index, text: text.slice(start, end) });
          at = end - 1;
        }
        break;
    }
  }
  return { payloads, keys };
}

/** `json`, escaped or not: the parser would read both as the same key. */
function isPayloadKey(quoted: string): boolean {
  if (quoted === '"json"') return true;
  if (!quoted.includes('\\')) return false;
  try {
    return JSON.parse(quoted) === 'json';
  } catch {
    // Not JSON: the parser will say so.
    return false;
  }
}

/** The place after the value that begins here, itself inside `depth` brackets. */
export function endOfValue(text: string, start: number, depth: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  if (first !== OPEN_ARRAY && first !== OPEN_OBJECT) return skip(SCALAR, text, start);
  let open = depth;
  for (let at = start; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at) - 1;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++open > limits.jsonDepth) throw tooDeep();
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        if (--open === depth) return at + 1;
        break;
    }
  }
  return text.length;
}

/**
 * The place after the closing quote: the first one with an even number of backslashes before it.
 */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at + 1;
  }
  return text.length;
}

export function skip(what: RegExp, text: string, start: number): number {
  what.lastIndex = start;
  what.exec(text);
  return what.lastIndex;
}

function tooDeep(): SendoffError {
  const message = `Expected JSON of at most ${limits.jsonDepth} levels`;
  return new SendoffError('json_too_deep', message);
}

function tooManyKeys(): SendoffError {
  const message = `Expected JSON of at most ${limits.jsonKeys} keys outside payloads`;
  return new SendoffError('too_many_keys', message);
}

function tooMany(): SendoffError {
  const most = `${limits.jobsPerArray} jobs in one array; NDJSON has no such limit`;
  const message = `Expected at most ${most}`;
  return new SendoffError('batch_too_large', message);
}
