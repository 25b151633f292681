// A delay as a formula, such as `pow(2, retried) * 1000`: numbers, `retried`, + - * / %,
// parentheses and eight functions. Read by a parser of its own in one pass, so that nothing a
// caller writes is ever run as code; short and shallow, so that reading it costs microseconds. It
// is kept as text and read again when a retry is due, which is rare.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { shown } from './shown.ts';

/** Milliseconds before a retry; may be no number, negative or infinite. */
export type Expression = (retried: number) => number;

interface Cursor {
  readonly text: string;
  readonly field: string;
  at: number;
  depth: number;
}

type Compute = (...values: number[]) => number;

const FUNCTIONS: ReadonlyMap<string, { readonly compute: Compute; readonly takes: number }> =
  new Map([
    ['pow', { compute: Math.pow, takes: 2 }],
    ['sqrt', { compute: Math.sqrt, takes: 1 }],
    ['abs', { compute: Math.abs, takes: 1 }],
    ['exp', { compute: Math.exp, takes: 1 }],
    ['floor', { compute: Math.floor, takes: 1 }],
    ['ceil', { compute: Math.ceil, takes: 1 }],
    ['round', { compute: Math.round, takes: 1 }],
    // Of any number of values.
    ['min', { compute: Math.min, takes: 0 }],
    ['max', { compute: Math.max, takes: 0 }],
  ]);
const NUMBER = /(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?/iy;
const WORD = /[a-z_]\w*/iy;
const SPACE = /\s*/y;

/**
 * Reads an expression.
 *
 * @param field names it in messages
 * @throws SendoffError `invalid_field` that names the place, counted from 1, and what was expected
 */
export function parseExpression(text: string, field: string): Expression {
  if (text.length > limits.expressionCharacters) {
    const most = `at most ${limits.expressionCharacters} characters`;
    throw new SendoffError('invalid_field', `Expected \`${field}\` to be ${most}`, { field });
  }
  const cursor: Cursor = { text, field, at: 0, depth: 0 };
  const expression = sum(cursor);
  if (peek(cursor) !== '') throw expected('an operator or the end', cursor);
  return expression;
}

function sum(cursor: Cursor): Expression {
  let left = product(cursor);
  for (;;) {
    const before = left;
    if (take(cursor, '+')) {
      const right = product(cursor);
      left = (retried) => before(retried) + right(retried);
    } else if (take(cursor, '-')) {
      const right = product(cursor);
      left = (retried) => before(retried) - right(retried);
    } else return left;
  }
}

function product(cursor: Cursor): Expression {
  let left = signed(cursor);
  for (;;) {
    const before = left;
    if (take(cursor, '*')) {
      const right = signed(cursor);
      left = (retried) => before(retried) * right(retried);
    } else if (take(cursor, '/')) {
      const right = signed(cursor);
      left = (retried) => before(retried) / right(retried);
    } else if (take(cursor, '%')) {
      const right = signed(cursor);
      left = (retried) => before(retried) % right(retried);
    } else return left;
  }
}

function signed(cursor: Cursor): Expression {
  if (take(cursor, '+')) return deeper(cursor, signed);
  if (!take(cursor, '-')) return value(cursor);
  const negated = deeper(cursor, signed);
  return (retried) => -negated(retried);
}

function value(cursor: Cursor): Expression {
  if (take(cursor, '(')) return closed(cursor, deeper(cursor, sum));
  const digits = match(cursor, NUMBER);
  if (digits !== undefined) {
    const number = Number(digits);
    return () => number;
  }
  const start = cursor.at;
  const word = match(cursor, WORD);
  if (word === 'retried') return (retried) => retried;
  const found = FUNCTIONS.get(word ?? '');
  if (found !== undefined) return call(cursor, word as string, found);
  cursor.at = start;
  const names = [...FUNCTIONS.keys()].join(', ');
  throw expected(`a number, \`retried\`, \`(\` or one of ${names}`, cursor, word);
}

function call(
  cursor: Cursor,
  name: string,
  { compute, takes }: { readonly compute: Compute; readonly takes: number },
): Expression {
  if (!take(cursor, '(')) throw expected(`\`(\` after \`${name}\``, cursor);
  const given = [deeper(cursor, sum)];
  while (take(cursor, ',')) given.push(deeper(cursor, sum));
  if (takes !== 0 && given.length !== takes) {
    throw expected(`${takes} for \`${name}\``, cursor, `${given.length}`);
  }
  return closed(cursor, (retried) => compute(...given.map((one) => one(retried))));
}

function closed(cursor: Cursor, expression: Expression): Expression {
  if (!take(cursor, ')')) throw expected('an operator or `)`', cursor);
  return expression;
}

function deeper(cursor: Cursor, read: (cursor: Cursor) => Expression): Expression {
  if (++cursor.depth > limits.expressionDepth) {
    throw expected(`nothing deeper than ${limits.expressionDepth} levels`, cursor);
  }
  const expression = read(cursor);
  cursor.depth--;
  return expression;
}

function take(cursor: Cursor, character: string): boolean {
  if (peek(cursor) !== character) return false;
  cursor.at++;
  return true;
}

/** The next character that is no space; '' at the end. */
function peek(cursor: Cursor): string {
  match(cursor, SPACE);
  return cursor.text.charAt(cursor.at);
}

function match(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  cursor.at += found?.length ?? 0;
  return found;
}

function expected(wanted: string, cursor: Cursor, got?: string): SendoffError {
  const { field, at } = cursor;
  const character = peek(cursor);
  const found = got ?? (character === '' ? undefined : character);
  const what = found === undefined ? 'its end' : shown(found);
  const message = `Expected \`${field}\` to have ${wanted} at character ${at + 1}, got ${what}`;
  return new SendoffError('invalid_field', message, { field });
}
