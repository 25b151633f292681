// JSON from strangers: strict, bounded in depth and keys, and without touching the payload of a
// job.

import { isUtf8 } from 'node:buffer';
import { SendoffError } from '../errors.ts';
import { scanJobs, scanJson } from './json-scan.ts';
import { isPlainObject } from './known-field.ts';
import { shown } from './shown.ts';

/** One job as JSON. */
export interface JobDocument {
  /** Its members but `json`. */
  readonly fields: Record<string, unknown>;
  /** Source text of the member `json`, as it was written. */
  readonly payload?: string;
}

export interface JobDocuments {
  /** The text was an array, so the answer is one too. */
  readonly isArray: boolean;
  readonly documents: readonly JobDocument[];
}

/**
 * Any JSON value.
 *
 * @throws SendoffError `invalid_json`, `invalid_text` (not UTF-8), `json_too_deep`, `too_many_keys`
 */
export function parseJson(source: string | Uint8Array): unknown {
  const text = textOf(source);
  scanJson(text);
  return parse(text);
}

/**
 * JSON that everybody reads in the same way: a repeated key, of which one reader takes the first
 * and another the last, is refused.
 *
 * @throws SendoffError as `parseJson`
 */
export function parsePlainJson(source: string | Uint8Array): unknown {
  const text = textOf(source);
  const keys = scanJson(text);
  const value = parse(text);
  if (keysIn(value) === keys) return value;
  throw new SendoffError('invalid_json', 'Expected JSON without repeated keys');
}

function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const parts: readonly unknown[] = Object.values(value);
  return parts.reduce<number>(
    (keys, part) => keys + keysIn(part),
    Array.isArray(value) ? 0 : parts.length,
  );
}

/**
 * One job as a JSON object.
 *
 * @throws SendoffError as `parseJson`; `invalid_json_type` if it is no object
 */
export function parseJobDocument(source: string | Uint8Array): JobDocument {
  const { isArray, documents } = parseJobDocuments(source);
  if (isArray) throw new SendoffError('invalid_json_type', 'Expected one job, got an array');
  return documents[0] as JobDocument;
}

/**
 * A job, or an array of 1 to `limits.jobsPerArray` jobs.
 *
 * @throws SendoffError as `parseJson`; `invalid_json_type` (with `index` in an array),
 *   `batch_too_large`
 */
export function parseJobDocuments(source: string | Uint8Array): JobDocuments {
  const text = textOf(source);
  const payloads = scanJobs(text);
  const value = parse(text);
  const isArray = Array.isArray(value);
  const jobs: readonly unknown[] = isArray ? value : [value];
  if (jobs.length === 0) {
    throw new SendoffError('invalid_json_type', 'Expected a job or an array of jobs, got none');
  }
  // Of a repeated member the last one counts, as for every parser.
  const payloadOf = new Map(payloads.map((payload) => [payload.index, payload.text]));
  const documents = jobs.map((job, index) =>
    document(job, { payload: payloadOf.get(index), index: isArray ? index : undefined }),
  );
  return { isArray, documents };
}

function document(
  job: unknown,
  { payload, index }: { readonly payload: string | undefined; readonly index: number | undefined },
): JobDocument {
  if (!isPlainObject(job)) {
    const message = `Expected a job to be a JSON object, got ${shown(job)}`;
    throw new SendoffError('invalid_json_type', message, index === undefined ? {} : { index });
  }
  if (payload === undefined) return { fields: job };
  const { json: _, ...fields } = job;
  return { fields, payload };
}

/** The text of a document. @throws SendoffError `invalid_text`, `invalid_json` */
export function textOf(source: string | Uint8Array): string {
  const text = typeof source === 'string' ? source : decode(source);
  if (text.charCodeAt(0) !== 0xfeff) return text;
  throw new SendoffError('invalid_json', 'Expected JSON without a byte order mark');
}

function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new SendoffError('invalid_text', 'Expected JSON to be valid UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** @throws SendoffError `invalid_json` */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    // The parser's own message quotes the text, which may hold secrets.
    const place = /at position \d+/.exec(String(cause))?.[0];
    const what = text.trim() === '' ? 'nothing' : `something else${place ? ` ${place}` : ''}`;
    throw new SendoffError('invalid_json', `Expected JSON, got ${what}`);
  }
}
