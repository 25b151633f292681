// Parameters as one line of `name=value` pairs, spelled as PHP's `http_build_query` spells them:
// nested ones in brackets, spaces as plus, true and false as 1 and 0, nothing for null.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';

export type QueryValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | readonly QueryValue[]
  | QueryParams;

export interface QueryParams {
  readonly [name: string]: QueryValue;
}

/**
 * `{a: {b: 'c'}, d: ['x']}` gives `a%5Bb%5D=c&d%5B0%5D=x`.
 * @throws SendoffError `json_too_deep`, also for what contains itself
 */
export function nestedQuery(params: QueryParams | readonly QueryValue[]): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(params)) addPairs(pairs, encoded(name), value);
  return pairs.join('&');
}

function addPairs(pairs: string[], name: string, value: QueryValue, depth = 1): void {
  if (value === null || value === undefined || typeof value === 'function') return;
  if (typeof value === 'object' && !(value instanceof Date)) {
    if (depth > limits.jsonDepth) throw tooDeep();
    for (const [key, inner] of Object.entries(value)) {
      addPairs(pairs, `${name}%5B${encoded(key)}%5D`, inner, depth + 1);
    }
  } else pairs.push(`${name}=${encoded(textOf(value))}`);
}

function textOf(value: string | number | bigint | boolean | Date): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value instanceof Date ? value.toISOString() : String(value);
}

/** Letters, digits, `-`, `_` and `.` stay themselves. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

function tooDeep(): SendoffError {
  const message = `Expected \`params\` to be at most ${limits.jsonDepth} levels deep`;
  return new SendoffError('json_too_deep', message, { field: 'params' });
}
