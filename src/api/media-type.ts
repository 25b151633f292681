// What kind of document a JSON route was sent. A form is refused and not guessed at: it is what a
// page of another site can send without asking, and what curl sends when nobody said otherwise.

import { SendoffError } from '../errors.ts';
import type { Head } from './head.ts';

export type DocumentKind = 'json' | 'ndjson';

const ndjson = /^application\/(x-)?(ndjson|jsonl|jsonlines)$/;
const json = /^(application\/json|application\/[\w.!#$&^-]+\+json)$/;

/** @throws SendoffError as `documentKind`, and for NDJSON */
export function requireJson(head: Head): void {
  if (documentKind(head) === 'json') return;
  const detail = 'Expected `content-type: application/json`';
  throw new SendoffError('content_type_not_supported', detail, { field: 'content-type' });
}

/** @throws SendoffError `content_type_not_supported`, `content_encoding_not_supported` */
export function documentKind({ contentType, contentEncoding }: Head): DocumentKind {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    const detail = 'Expected the body without `content-encoding`';
    throw new SendoffError('content_encoding_not_supported', detail, { field: 'content-encoding' });
  }
  if (contentType === undefined) return 'json';
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  if (parameters.every(isUtf8)) {
    if (json.test(type.trim())) return 'json';
    if (ndjson.test(type.trim())) return 'ndjson';
  }
  const expected = 'Expected `content-type: application/json` or application/x-ndjson, in UTF-8';
  const detail = `${expected}; to hand over any body as it is, use /v1/to?url=…`;
  throw new SendoffError('content_type_not_supported', detail, { field: 'content-type' });
}

function isUtf8(parameter: string): boolean {
  const [name = '', value = ''] = parameter.split('=', 2);
  return name.trim() !== 'charset' || /^\s*"?utf-?8"?\s*$/.test(value);
}
