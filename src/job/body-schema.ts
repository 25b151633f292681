// Judges bodies by a JSON Schema. The schema library takes more schemas than it enforces: a
// keyword that it does not know, or one without its `type`, is passed over in silence. A rule that
// is written down and not kept is worse than none, so the schema is read first, and whatever would
// not be enforced is refused. The library is loaded when the first schema is met.

import { createRequire } from 'node:module';
import { SendoffError } from '../errors.ts';
import { isPlainObject } from './known-field.ts';
import { printable, shown } from './shown.ts';

/** What is wrong with a body, and where. */
export interface Violation {
  /** Such as `items[0].price`; empty: the body itself. */
  readonly path: string;
  readonly message: string;
}

/** The first violation of a parsed body; undefined: it is as the schema wants it. */
export type Judge = (value: unknown) => Violation | undefined;

const MESSAGE_CHARACTERS = 200;

/** @throws SendoffError `invalid_field` for a schema that would not be enforced as written */
export function judgeOf(schema: unknown, field: string): Judge {
  if (!isPlainObject(schema)) throw refusal(field, `a JSON Schema, got ${shown(schema)}`);
  refuseUnkept(schema, field);
  const { z } = createRequire(import.meta.url)('zod') as typeof import('zod');
  const parser = compiled(() => z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]));
  return (value) => {
    const issue = parser.safeParse(value).error?.issues[0];
    if (issue === undefined) return undefined;
    const message = printable(issue.message, MESSAGE_CHARACTERS);
    return { path: pathText(issue.path), message };
  };

  function compiled<Parser>(compile: () => Parser): Parser {
    try {
      return compile();
    } catch (error) {
      throw refusal(field, `a JSON Schema that can be kept: ${(error as Error).message}`);
    }
  }
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return printable(text.join('').replace(/^\./, ''), MESSAGE_CHARACTERS);
}

/** Keywords that bind values of one type, and say nothing without it. */
const byType: Readonly<Record<string, readonly string[]>> = {
  object: [
    ...['properties', 'required', 'additionalProperties', 'patternProperties'],
    ...['propertyNames', 'minProperties', 'maxProperties'],
  ],
  array: [
    ...['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
    ...['contains', 'minContains', 'maxContains'],
  ],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
};
const typeOf: ReadonlyMap<string, string> = new Map(
  Object.entries(byType).flatMap(([type, words]) => words.map((word) => [word, type] as const)),
);
const composers = ['anyOf', 'oneOf', 'allOf'];
const plainWords: ReadonlySet<string> = new Set([
  ...['$schema', '$id', '$comment', '$defs', 'definitions', '$ref', 'title', 'description'],
  ...['examples', 'type', 'enum', 'const', 'additionalItems', ...composers],
]);
const formats =
  /^(email|uri|uuid|date-time|date|time|duration|hostname|ipv4|ipv6|base64|base64url|e164|jwt)$/;

function refuseUnkept(schema: unknown, field: string): void {
  if (typeof schema === 'boolean') return;
  if (!isPlainObject(schema)) throw refusal(field, `a JSON Schema, got ${shown(schema)}`);
  for (const word of Object.keys(schema)) refuseWord(schema, word, field);
  refuseCombination(schema, field);
  for (const [part, place] of partsOf(schema, field)) refuseUnkept(part, place);
}

function refuseWord(schema: Record<string, unknown>, word: string, field: string): void {
  if (plainWords.has(word)) return;
  const type = typeOf.get(word);
  const place = `${field}.${word}`;
  if (type === undefined) throw refusal(place, 'a keyword that can be kept; it is not known');
  const types = Array.isArray(schema.type) ? (schema.type as unknown[]) : [schema.type];
  const isBound = types.includes(type) || (type === 'number' && types.includes('integer'));
  if (!isBound) throw refusal(place, `beside \`type: ${type}\`, without which it binds nothing`);
  if (word === 'format' && !formats.test(String(schema.format))) {
    throw refusal(place, `a format that can be checked, got ${shown(schema.format)}`);
  }
}

function refuseCombination(schema: Record<string, unknown>, field: string): void {
  const has = (word: string): boolean => schema[word] !== undefined;
  const others = Object.keys(schema).filter((word) => typeOf.has(word) || word === 'type');
  if (has('$ref') && others.length > 0) throw refusal(`${field}.$ref`, 'alone');
  if (composers.filter(has).length > 1) throw refusal(field, `without two of ${composers}`);
  if ((has('enum') || has('const')) && others.some((word) => word !== 'type')) {
    throw refusal(field, 'without further rules beside `enum` or `const`');
  }
  if ((has('minItems') || has('maxItems')) && !has('items') && !has('prefixItems')) {
    throw refusal(field, 'with `items` beside `minItems` or `maxItems`');
  }
  if (has('patternProperties') && isPlainObject(schema.additionalProperties)) {
    throw refusal(field, 'without a schema of `additionalProperties` beside `patternProperties`');
  }
  const properties = isPlainObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? (schema.required as unknown[]) : [];
  const loose = required.find((name) => !Object.hasOwn(properties, String(name)));
  if (loose !== undefined) {
    throw refusal(`${field}.required`, `among \`properties\`, got ${shown(loose)}`);
  }
}

const single = ['items', 'additionalItems', 'additionalProperties', 'contains', 'propertyNames'];
const listed = [...composers, 'prefixItems', 'items'];
const named = ['properties', 'patternProperties', '$defs', 'definitions'];

function* partsOf(
  schema: Record<string, unknown>,
  field: string,
): Generator<readonly [part: unknown, place: string]> {
  for (const word of single) {
    const part = schema[word];
    // The names of properties are texts, whatever their schema says.
    const isNames = word === 'propertyNames' && isPlainObject(part);
    if (part === undefined || Array.isArray(part)) continue;
    yield [isNames ? { type: 'string', ...part } : part, `${field}.${word}`];
  }
  for (const word of listed) {
    const parts = schema[word];
    if (Array.isArray(parts)) for (const part of parts) yield [part, `${field}.${word}`];
  }
  for (const word of named) {
    const parts = schema[word];
    if (!isPlainObject(parts)) continue;
    for (const [name, part] of Object.entries(parts)) yield [part, `${field}.${word}.${name}`];
  }
}

function refusal(field: string, wanted: string): SendoffError {
  return new SendoffError('invalid_field', `Expected \`${field}\` to be ${wanted}`, { field });
}
